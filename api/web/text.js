// Texts as elements: always by textContent, never as HTML. Offsets are code points, as the server counts them.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The language of a text, for those who hear the page: Chinese wherever it has a Chinese character.
export const spoken = (text) => (/\p{Script=Han}/u.test(text) ? "zh" : "en");

export const codePoints = (text) => Array.from(text);

// Something with a meaning that is told on hover and on focus, and goes away with Escape.
let hints = 0;
export function hinted(thing, text, ...more) {
  const id = `hint-${(hints += 1)}`;
  thing.setAttribute("aria-describedby", id);
  const whole = element("span", { class: "hinted" }, thing, element("span", { role: "tooltip", id }, text, ...more));
  whole.addEventListener("keydown", (event) => { if (event.key === "Escape") whole.classList.add("quiet"); });
  for (const name of ["mouseleave", "focusout"]) whole.addEventListener(name, () => whole.classList.remove("quiet"));
  return whole;
}

// The answer with its short answer marked, and the seams it crosses.
export function marked(text, short, seams = [], seamWords = "") {
  const points = codePoints(text);
  const start = short && text.includes(short) ? codePoints(text.slice(0, text.indexOf(short))).length : -1;
  const end = start < 0 ? -1 : start + codePoints(short).length;
  const cuts = [...new Set([0, points.length, ...(end > 0 ? [start, end] : []), ...seams])].sort((a, b) => a - b);
  const pieces = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const piece = points.slice(cuts[i], cuts[i + 1]).join("");
    if (seams.includes(cuts[i])) pieces.push(hinted(element("button", { type: "button", class: "seam", "aria-label": seamWords }, "‖"), seamWords));
    pieces.push(cuts[i] >= start && cuts[i + 1] <= end ? element("mark", {}, piece) : piece);
  }
  return pieces;
}

// Mark [start, end) in the paragraphs of an article; each knows where it starts (data-start). Returns the first mark.
export function markSpan(root, start, end) {
  let first = null;
  for (const paragraph of root.querySelectorAll("[data-start]")) {
    let at = Number(paragraph.dataset.start);
    for (const node of textNodes(paragraph)) {
      const points = codePoints(node.data);
      const low = Math.max(0, start - at);
      const high = Math.min(points.length, end - at);
      at += points.length;
      if (low >= high) continue;
      const mark = element("mark", {}, points.slice(low, high).join(""));
      node.replaceWith(points.slice(0, low).join(""), mark, points.slice(high).join(""));
      first ??= mark;
    }
  }
  return first;
}

function textNodes(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}

export function fragment(hash) {
  const match = /^#c=(\d+)-(\d+)$/.exec(hash);
  return match ? [Number(match[1]), Number(match[2])] : null;
}
