// The article beside the conversation, and on request the raw page it was read from.
import { articleOf, documentOf, sheetOf } from "/web/archive.js";
import { rawElement } from "/web/raw.js";
import { markSpan } from "/web/text.js";
import { nameParts, words } from "/web/words.js";

const source = document.querySelector("#source");
const sheet = document.querySelector("#source-sheet");
const rawButton = document.querySelector("#raw");
const WIDE = matchMedia("(min-width: 56.01rem)"); // the conversation stays beside it
let opener = null;
let shown = null; // the citation

// Open the article of a citation at the span it cites: {article_id, document_id, start_char_index, end_char_index, url}.
export async function openSource(citation, from) {
  opener = from;
  shown = citation;
  let found;
  try {
    found = await sheetElement();
  } catch {
    location.assign(citation.url); // the server's own page says what is wrong
    return;
  }
  document.querySelector("#alone").href = citation.url;
  source.hidden = false;
  document.body.classList.add("beside");
  cover();
  put(found, false);
  sheet.querySelector("h1").focus({ preventScroll: true });
}

async function sheetElement() {
  const found = document.importNode(await sheetOf(shown.article_id), true);
  const heading = found.querySelector("h1");
  heading.id = "source-title";
  heading.tabIndex = -1;
  nameParts(found);
  markSpan(found.querySelector(".text"), shown.start_char_index, shown.end_char_index);
  return found;
}

// The page's raw text under the article's own head.
async function pageElement() {
  const found = await sheetElement();
  const [page, article] = await Promise.all([documentOf(shown.document_id), articleOf(shown.article_id)]);
  const cited = article.segments.flatMap((run) => {
    const low = Math.max(shown.start_char_index, run.text_start);
    const high = Math.min(shown.end_char_index, run.text_end);
    const shift = run.raw_start - run.text_start;
    return low < high ? [{ start: low + shift, end: high + shift }] : [];
  });
  found.querySelector(".text").replaceWith(rawElement(page, shown.article_id, cited));
  return found;
}

function put(found, raw) {
  sheet.replaceChildren(found);
  rawButton.setAttribute("aria-pressed", String(raw));
  source.scrollTop = 0;
  found.querySelector("mark")?.scrollIntoView({ block: "center" });
}

async function switchRaw() {
  const raw = rawButton.getAttribute("aria-pressed") !== "true";
  try {
    put(await (raw ? pageElement() : sheetElement()), raw);
  } catch {
    sheet.querySelector("header").append(words().failed);
  }
}

// Where the article covers the conversation, the keyboard must not wander behind it.
function cover() {
  const covered = !source.hidden && !WIDE.matches;
  for (const behind of document.querySelectorAll("header.masthead, #shelf, main")) behind.inert = covered;
}

export function closeSource() {
  if (source.hidden) return;
  source.hidden = true;
  document.body.classList.remove("beside");
  cover();
  opener?.focus();
}

WIDE.addEventListener("change", cover);
rawButton.addEventListener("click", switchRaw);
document.querySelector("#close").addEventListener("click", closeSource);
