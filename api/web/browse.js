// The archive as a list of articles, by page.
import { element } from "/web/text.js";
import { masthead, words } from "/web/words.js";

const STEP = 500; // articles asked for at a time
const filter = document.querySelector("#filter");
let all = [];

function draw() {
  const wanted = filter.value.trim().toLowerCase();
  const shown = all.filter((row) => `${row.title} ${row.document_id}`.toLowerCase().includes(wanted));
  document.querySelector("#count").textContent = `${shown.length} / ${all.length} ${words().articles}`;
  document.querySelector("#articles").replaceChildren(...shown.map((row) => element("li", {}, element("a", { href: `/articles/${encodeURIComponent(row.article_id)}` }, row.title), " ", element("span", { class: "note" }, row.document_id))));
}

async function load() {
  for (let total = 1; all.length < total; ) {
    const response = await fetch(`/api/articles?limit=${STEP}&offset=${all.length}`);
    if (!response.ok) break;
    const part = await response.json();
    total = part.total;
    all = all.concat(part.articles);
    draw();
    if (!part.articles.length) break;
  }
}

if (location.hash.length > 1) filter.value = decodeURIComponent(location.hash.slice(1));
masthead(draw);
filter.addEventListener("input", draw);
load();
