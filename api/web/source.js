// The article beside the conversation.
import { sheetOf } from "/web/archive.js";
import { markSpan } from "/web/text.js";
import { nameParts, words } from "/web/words.js";

const source = document.querySelector("#source");
const sheet = document.querySelector("#source-sheet");
const WIDE = matchMedia("(min-width: 56.01rem)"); // the conversation stays beside it
let opener = null;

// Open the article of a citation at the span it cites, or at its top.
export async function openSource(event, citation) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  opener = event.currentTarget;
  let found;
  try {
    found = document.importNode(await sheetOf(citation.article_id), true);
  } catch {
    location.assign(citation.url); // the server's own page says what is wrong
    return;
  }
  const heading = found.querySelector("h1");
  heading.id = "source-title";
  heading.tabIndex = -1;
  nameParts(found);
  sheet.replaceChildren(found);
  document.querySelector("#alone").href = citation.url;
  source.hidden = false;
  document.body.classList.add("beside");
  cover();
  source.scrollTop = 0;
  if (citation.start_char_index !== undefined) markSpan(found.querySelector(".text"), citation.start_char_index, citation.end_char_index)?.scrollIntoView({ block: "center" });
  heading.focus({ preventScroll: true });
}

// Where the article covers the conversation, the keyboard must not wander behind it.
function cover() {
  const covered = !source.hidden && !WIDE.matches;
  for (const behind of document.querySelectorAll("header.masthead, #shelf, main")) behind.inert = covered;
}

export function closeSource() {
  if (source.hidden) return false;
  source.hidden = true;
  document.body.classList.remove("beside");
  cover();
  opener?.focus();
  return true;
}

WIDE.addEventListener("change", cover);
document.querySelector("#close").addEventListener("click", closeSource);
