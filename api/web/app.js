// The conversation.
import { applyTheme, language, switchTheme, translate, words } from "/web/words.js";
import { save } from "/web/export.js";
import { read } from "/web/stream.js";
import { codePoints, element, markSpan, marked } from "/web/text.js";

const form = document.querySelector("#form");
const box = document.querySelector("#question");
const turns = document.querySelector("#turns");
const source = document.querySelector("#source");
let conversation = JSON.parse(sessionStorage.getItem("conversation") ?? "[]"); // [{question, body}]
let asking = null;
let opener = null;

function draw() {
  translate();
  document.querySelector("#language").textContent = words().other;
  document.querySelector("#language").lang = language() === "zh" ? "en" : "zh";
  box.placeholder = words().placeholder;
  document.querySelector("#welcome").hidden = conversation.length > 0;
  document.querySelector("#export").hidden = !conversation.some((turn) => turn.body);
  turns.replaceChildren(...conversation.map(turn));
}

function turn({ question, body, passages }) {
  return element("li", {}, element("p", { class: "asked" }, question), body ? answer(body) : waiting(passages));
}

function waiting(passages) {
  const status = element("p", { role: "status" }, words().thinking);
  return passages?.length ? element("div", {}, status, element("p", { class: "note" }, words().reading, [...new Set(passages.map(title))].slice(0, 3).map((name) => `《${name}》`).join(" "))) : status;
}

function understood(text) {
  const edit = element("button", { type: "button", class: "plain", onclick: () => { box.value = text; box.focus(); } }, words().edit);
  return element("p", { class: "note" }, words().understood, text, " ", edit);
}

function answer(body) {
  const said = words();
  const rewritten = body.rewritten_question ? understood(body.rewritten_question) : null;
  if (!body.answerable) return refusal(body, rewritten);
  const quotes = body.citations.map((citation) => {
    const seams = citation.seams.map((seam) => seam.offset);
    const quote = element("blockquote", {}, ...marked(citation.cited_text, body.short_answer, seams, said.seam));
    quote.append(" ", chip(citation));
    return quote;
  });
  const sureness = body.confidence >= 0.8 ? said.sure : body.confidence >= 0.5 ? said.likely : said.unsure;
  return element("div", { class: "answer" }, rewritten, ...quotes, element("p", { class: "note" }, `${sureness} · `, ...body.citations.flatMap((c) => [origin(c), " "])));
}

function chip(citation) {
  const label = `[${citation.index}] ${title(citation)}`;
  return element("a", { class: "chip", href: citation.url, title: citation.passage, "aria-label": label, onclick: (event) => open(event, citation) }, String(citation.index));
}

const title = (citation) => (citation.title_made ? words().untitled : citation.title);

function origin(citation) {
  const check = element("span", { class: "check", hidden: "" }, words().verbatim);
  check.title = words().verbatimHint;
  verify(citation).then((same) => { check.hidden = !same; });
  const copy = element("button", { type: "button", class: "plain", onclick: () => copyCitation(copy, citation) }, words().copy);
  return element("span", { class: "origin" }, `《${title(citation)}》 ${citation.document_id} `, check, " ", copy);
}

const articles = new Map();
function article(id) {
  if (!articles.has(id)) articles.set(id, fetch(`/api/articles/${encodeURIComponent(id)}`).then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.status)))));
  return articles.get(id);
}

async function verify(citation) {
  try {
    const { text } = await article(citation.article_id);
    return codePoints(text).slice(citation.start_char_index, citation.end_char_index).join("") === citation.cited_text;
  } catch {
    return false;
  }
}

async function copyCitation(button, citation) {
  const link = new URL(citation.url, location.origin);
  try {
    await navigator.clipboard.writeText(`“${citation.cited_text}”——《${title(citation)}》[N]. ${citation.document_id}. ${link}`);
    button.textContent = words().copied;
  } catch {
    button.textContent = words().copyFailed;
  }
}

function refusal(body, rewritten) {
  const said = words();
  const nearest = body.passages.slice(0, 3).map((passage) => element("li", {}, element("b", {}, passage.title), " ", passage.text.slice(0, 120), "… ", element("a", { href: `/articles/${encodeURIComponent(passage.article_id)}` }, said.passage)));
  return element("div", { class: "answer none" }, rewritten, element("p", {}, element("b", {}, said.none), " ", said.reasons[body.reason] ?? ""),
    nearest.length ? element("details", {}, element("summary", {}, said.nearest), element("ul", {}, ...nearest)) : null);
}

async function open(event, citation) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || innerWidth < 900) return;
  event.preventDefault();
  opener = event.currentTarget;
  const found = await article(citation.article_id);
  let at = 0;
  const lines = found.text.split("\n").map((line) => {
    const paragraph = element("p", { "data-start": String(at) }, line);
    at += codePoints(line).length + 1;
    return paragraph;
  });
  document.querySelector("#source-title").textContent = title(citation);
  document.querySelector("#source-meta").textContent = found.document_id;
  const text = document.querySelector("#source-text");
  text.replaceChildren(...lines);
  source.hidden = false;
  document.body.classList.add("beside");
  markSpan(text, citation.start_char_index, citation.end_char_index)?.scrollIntoView({ block: "center" });
  document.querySelector("#source-title").focus({ preventScroll: true });
}

function close() {
  source.hidden = true;
  document.body.classList.remove("beside");
  opener?.focus();
}

function history() {
  const messages = conversation.filter((turn) => turn.body).flatMap(({ question, body }) => [
    { role: "user", content: question }, { role: "assistant", content: codePoints(body.answer ?? "").slice(0, 4000).join("") }]);
  return messages.slice(-20);
}

async function ask(question) {
  const entry = { question, body: null };
  const request = { question, history: history() };
  conversation.push(entry);
  draw();
  turns.lastElementChild.scrollIntoView({ block: "end" });
  asking = new AbortController();
  try {
    for await (const [name, data] of read("/api/ask/stream", request, asking.signal)) {
      if (name === "error") throw new Error(data.error.message);
      entry[name === "answer" ? "body" : "passages"] = name === "answer" ? data : data.passages;
      draw();
    }
    if (!entry.body) throw new TypeError("the stream ended early");
    delete entry.passages;
    sessionStorage.setItem("conversation", JSON.stringify(conversation));
  } catch (error) {
    conversation.pop();
    draw();
    box.value = question;
    const why = error.name === "AbortError" ? words().stopped : error instanceof TypeError ? words().failed : error.message;
    turns.append(element("li", {}, element("p", { role: "alert", class: "note" }, why)));
  } finally {
    asking = null;
  }
  turns.lastElementChild?.scrollIntoView({ block: "nearest" });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = box.value.trim();
  if (!question || asking) return;
  box.value = "";
  ask(question);
});
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "ArrowUp" && !box.value && conversation.length) {
    event.preventDefault();
    box.value = conversation.at(-1).question;
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (asking) asking.abort();
  else if (!source.hidden) close();
});
document.querySelector("#close").addEventListener("click", close);
document.querySelector("#theme").addEventListener("click", switchTheme);
document.querySelector("#language").addEventListener("click", () => {
  localStorage.setItem("language", language() === "zh" ? "en" : "zh");
  draw();
});
document.querySelector("#fresh").addEventListener("click", () => {
  conversation = [];
  sessionStorage.removeItem("conversation");
  close();
  draw();
  box.focus();
});

for (const kind of ["markdown", "json"]) {
  document.querySelector(`#export-${kind}`).addEventListener("click", () => save(kind, conversation.filter((turn) => turn.body), words()));
}

applyTheme();
draw();
const asked = new URLSearchParams(location.search).get("q");
if (asked && !conversation.length) ask(asked.slice(0, 512));
