// A page as it came, its pieces marked. Offsets are code points of the file.
import { codePoints, element, spoken } from "/web/text.js";
import { words } from "/web/words.js";

// `only`: mark this article alone. `cited`: slices that a quotation stands on.
export function rawElement(page, only = null, cited = []) {
  const points = codePoints(page.text);
  const pieces = [
    ...page.articles.map((article, place) => ({ article, number: place + 1, slices: article.raw_segments })),
    ...page.left.map((part) => ({ kind: part.kind, slices: part.raw_segments })),
  ].filter((piece) => !only || piece.article?.article_id === only);
  const layer = new Int32Array(points.length).fill(-1);
  pieces.forEach((piece, place) => piece.slices.forEach(({ start, end }) => layer.fill(place, start, end)));
  const quoted = new Uint8Array(points.length);
  cited.forEach(({ start, end }) => quoted.fill(1, start, end));
  joinOverSpace(points, layer);
  joinOverSpace(points, quoted);
  const raw = element("pre", { class: "raw", tabindex: "0", role: "region", "aria-label": words().raw, lang: spoken(page.text) });
  let before = -1;
  for (let start = 0; start < points.length; ) {
    let end = start + 1;
    while (end < points.length && layer[end] === layer[start] && quoted[end] === quoted[start]) end += 1;
    const piece = pieces[layer[start]];
    const text = points.slice(start, end).join("");
    if (piece && layer[start] !== before && piece.article && !only) raw.append(flag(piece));
    if (piece) before = layer[start];
    raw.append(piece ? marked(piece, quoted[start], text) : text);
    start = end;
  }
  return raw;
}

// White space between two slices of the same piece belongs to it.
function joinOverSpace(points, layer) {
  const none = layer instanceof Int32Array ? -1 : 0;
  for (let start = 0, last = none; start < points.length; ) {
    if (layer[start] !== none || points[start].trim()) {
      last = layer[start];
      start += 1;
      continue;
    }
    let end = start;
    while (end < points.length && layer[end] === none && !points[end].trim()) end += 1;
    if (end < points.length && layer[end] === last) layer.fill(last, start, end);
    start = end;
  }
}

const flag = ({ article, number }) => element("a", { class: "flag", href: `/articles/${encodeURIComponent(article.article_id)}`, "aria-label": `${number} ${article.title}` }, String(number));

function marked({ kind, number }, quoted, text) {
  if (kind) return element("span", { class: `left ${kind}`, title: words().left[kind] }, text);
  return quoted ? element("mark", {}, text) : element("span", { class: `piece tint-${number % 3}` }, text);
}
