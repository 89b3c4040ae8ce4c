// One page of the archive: the file as it came, what was read out of it, and what could not be read well.
import { documentOf } from "/web/archive.js";
import { printed } from "/web/citation.js";
import { rawElement } from "/web/raw.js";
import { codePoints, element, spoken } from "/web/text.js";
import { masthead, UNSURE, words } from "/web/words.js";

const id = decodeURIComponent(location.pathname.slice("/documents/".length));
const CONTEXT = 12; // characters shown on either side of a seam
let page = null;

function draw() {
  document.querySelector("#title").textContent = id;
  document.title = `${id} · 问报`;
  if (!page) return;
  const said = words();
  document.querySelector("#printed").textContent = printed(page.imprint) || said.unprinted;
  const lost = page.left.filter((part) => part.kind === "unassigned");
  document.querySelector("#page").replaceChildren(
    element("ol", { class: "list" }, ...page.articles.map(articleRow)),
    ...(lost.length ? [element("h2", {}, said.unassigned(lost.reduce((sum, part) => sum + codePoints(part.text).length, 0))), element("ul", { class: "list lost" }, ...lost.map((part) => element("li", { lang: spoken(part.text) }, part.text)))] : [element("p", { class: "note" }, said.allAssigned)]),
    element("h2", {}, said.raw),
    element("p", { class: "note" }, said.rawHint),
    rawElement(page),
  );
}

function articleRow(article) {
  const said = words();
  const address = `/articles/${encodeURIComponent(article.article_id)}`;
  const seams = article.seams.map(({ offset, score }) => element("a", { class: score < UNSURE ? "seam-link unsure" : "seam-link", href: `${address}#c=${Math.max(0, offset - CONTEXT)}-${Math.min(article.length, offset + CONTEXT)}` }, said.seamAt(score < UNSURE, Math.round(score * 100))));
  return element("li", {}, element("a", { href: address, lang: spoken(article.title) }, article.title), article.title_made ? element("span", { class: "note" }, ` ${said.untitled}`) : null, " ", ...seams.flatMap((seam) => [seam, " "]));
}

async function load() {
  try {
    page = await documentOf(id);
    draw();
  } catch (error) {
    document.querySelector("#page").replaceChildren(element("p", { role: "alert" }, error.message === "404" ? words().noDocument : words().failed));
  }
}

masthead(draw);
load();
