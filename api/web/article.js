// On an article's page: mark the span that the address names, and give an address to what is selected.
import { articleOf } from "/web/archive.js";
import { copier } from "/web/copier.js";
import { citationText } from "/web/citation.js";
import { codePoints, fragment, markSpan } from "/web/text.js";
import { masthead, nameParts, words } from "/web/words.js";

const text = document.querySelector(".text");
const id = document.querySelector(".sheet").dataset.article;
const picked = document.querySelector("#picked");
let span = null;

function show() {
  for (const mark of text.querySelectorAll("mark")) mark.replaceWith(mark.textContent);
  text.normalize();
  const named = fragment(location.hash);
  const first = named && markSpan(text, named[0], named[1]);
  if (first) first.scrollIntoView({ block: "center" });
}

function draw() {
  nameParts(document);
  const said = words();
  picked.replaceChildren(said.picked, " ", copier(said.copy, async () => citationText([await citation()])), " ", copier(said.link, async () => new URL((await citation()).url, location.origin).href));
}

// The selection as a citation, its words cut from the article's text.
async function citation() {
  const [start, end] = span;
  const article = await articleOf(id);
  return { ...article, cited_text: codePoints(article.text).slice(start, end).join(""), url: `/articles/${encodeURIComponent(id)}#c=${start}-${end}` };
}

// Where in the article's text a place of the page is, in code points; null outside its paragraphs.
function placeOf(node, offset) {
  const paragraph = (node instanceof Element ? node : node.parentElement).closest("[data-start]");
  if (!paragraph || !text.contains(paragraph)) return null;
  const before = document.createRange();
  before.setStart(paragraph, 0);
  before.setEnd(node, offset);
  return Number(paragraph.dataset.start) + codePoints(before.toString()).length;
}

function select() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) {
    picked.hidden = true;
    return;
  }
  const range = selection.getRangeAt(0);
  const start = placeOf(range.startContainer, range.startOffset);
  const end = placeOf(range.endContainer, range.endOffset);
  span = start !== null && end !== null && start < end ? [start, end] : span;
  picked.hidden = start === null || end === null || start >= end;
}

masthead(draw);
addEventListener("hashchange", show);
document.addEventListener("selectionchange", select);
show();
