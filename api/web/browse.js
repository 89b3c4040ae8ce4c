// The archive page by page: found by headline or in the text; what was read badly is said.
import { spanOf } from "/web/archive.js";
import { codePoints, element, spoken } from "/web/text.js";
import { masthead, words } from "/web/words.js";

const STEP = 1000; // articles asked for at a time
const FOUND = 20; // passages of a search in the text
const filter = document.querySelector("#filter");
const badly = document.querySelector("#badly");
const untitled = document.querySelector("#untitled");
const found = document.querySelector("#found");
let documents = [];
let leftOut = [];
let articles = [];
let total = 0;
let passages = null; // of the last search, with what was looked for

const isBad = (page) => page.unassigned > 0 || page.unsure_seams > 0;
const addressOf = (id) => `/articles/${encodeURIComponent(id)}`;

function draw() {
  const said = words();
  const wanted = filter.value.trim().toLowerCase();
  const byPage = grouped(articles.filter((row) => (!untitled.checked || row.title_made) && `${row.title} ${row.document_id}`.toLowerCase().includes(wanted)));
  const shown = documents.filter((page) => (!badly.checked || isBad(page)) && (byPage.has(page.document_id) || (!wanted && !untitled.checked && !page.articles)));
  const count = shown.reduce((sum, page) => sum + (byPage.get(page.document_id)?.length ?? 0), 0);
  document.querySelector("#count").textContent = said.counted(shown.length, documents.length, count, total);
  document.querySelector("#documents").replaceChildren(...shown.map((page) => pageElement(page, byPage.get(page.document_id) ?? [])));
  document.querySelector("#left-out").textContent = leftOut.length ? said.leftOut(leftOut.map((file) => file.document_id).join("、")) : "";
  document.querySelector("#more").hidden = articles.length >= total;
  drawFound();
}

function grouped(rows) {
  const byPage = new Map();
  for (const row of rows) byPage.set(row.document_id, [...(byPage.get(row.document_id) ?? []), row]);
  return byPage;
}

function pageElement(page, rows) {
  const said = words();
  const told = [page.unassigned > 0 && said.unassigned(page.unassigned), page.unsure_seams > 0 && said.unsureSeams(page.unsure_seams)].filter(Boolean);
  return element("section", { class: "page" },
    element("h2", {}, element("a", { href: `/documents/${page.document_id.split("/").map(encodeURIComponent).join("/")}` }, page.document_id)),
    told.length ? element("p", { class: "badly" }, told.join(said.comma)) : null,
    element("ul", { class: "list" }, ...rows.map((row) => element("li", {}, element("a", { href: addressOf(row.article_id), lang: spoken(row.title) }, row.title), row.title_made ? element("span", { class: "note" }, ` ${said.untitled}`) : null))));
}

function drawFound() {
  const said = words();
  if (!passages) return found.replaceChildren();
  const rows = passages.rows.map((passage) => {
    const go = async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const [start, end] = await spanOf(passage);
      location.assign(`${addressOf(passage.article_id)}#c=${start}-${end}`);
    };
    return element("li", {}, element("a", { href: addressOf(passage.article_id), lang: spoken(passage.title), onclick: go }, passage.title), element("p", { lang: spoken(passage.text) }, ...withTerms(passage)));
  });
  return found.replaceChildren(element("h2", {}, said.foundIn(passages.wanted, rows.length)), element("ol", { class: "list" }, ...rows));
}

// The passage with the words that were looked for marked.
function withTerms({ text, matched_terms: terms }) {
  const lower = text.toLowerCase();
  const here = terms.filter((term) => lower.includes(term)).sort((one, other) => other.length - one.length);
  if (!here.length || lower.length !== text.length) return [text];
  const escaped = here.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`, "i")).map((piece, place) => (place % 2 ? element("mark", {}, piece) : piece));
}

async function search(wanted) {
  passages = null;
  if (wanted) {
    const response = await fetch(`/api/search?q=${encodeURIComponent(codePoints(wanted).slice(0, 512).join(""))}&top_k=${FOUND}`);
    if (response.ok) passages = { wanted, rows: (await response.json()).passages };
  }
  drawFound();
}

async function load() {
  const [pages, rows] = await Promise.all([fetch("/api/documents"), fetch(`/api/articles?limit=${STEP}&offset=${articles.length}`)]);
  if (!pages.ok || !rows.ok) {
    document.querySelector("#count").textContent = words().failed;
    return;
  }
  ({ documents, left_out: leftOut } = await pages.json());
  const part = await rows.json();
  total = part.total;
  articles = articles.concat(part.articles);
  draw();
}

if (location.hash.length > 1) filter.value = decodeURIComponent(location.hash.slice(1));
masthead(draw);
filter.addEventListener("input", draw);
for (const box of [badly, untitled]) box.addEventListener("change", draw);
document.querySelector("#search").addEventListener("submit", (event) => { event.preventDefault(); search(filter.value.trim()); });
document.querySelector("#more").addEventListener("click", load);
load();
