// The page: what is typed, what is asked, and the conversation it belongs to.
import { turnElement } from "/web/answer.js";
import { suggestions } from "/web/archive.js";
import { save as saveFile } from "/web/export.js";
import { drawShelf } from "/web/shelf.js";
import { closeSource, openSource } from "/web/source.js";
import { blank, kept, load, save } from "/web/store.js";
import { read } from "/web/stream.js";
import { codePoints, element } from "/web/text.js";
import { language, masthead, words } from "/web/words.js";

const LONGEST = 512; // characters of a question
const HISTORY = 20; // messages
const MESSAGE = 4000; // characters of one
const MOST_ROWS = 6; // of the box, where the browser does not grow it by itself
const ROOMY = 1200; // pixels: the list of conversations has room beside them
const SLOW = 4000; // milliseconds after which waiting is explained

const form = document.querySelector("#form");
const box = document.querySelector("#question");
const turns = document.querySelector("#turns");
const note = document.querySelector("#note");
const shelf = document.querySelector("#shelf");
const shelfButton = document.querySelector("#shelf-button");
let conversation = load(sessionStorage.getItem("open") ?? "") ?? blank();
let asking = null;

const doors = { open: openSource, edit: (text) => write(text), ask: (question) => ask(question), keep: () => save(conversation) };

function draw() {
  box.placeholder = words().placeholder;
  turns.replaceChildren(...conversation.turns.map((turn) => turnElement(turn, doors)));
  drawAround();
  if (!conversation.turns.length) drawSuggested();
}

async function drawSuggested() {
  const suggested = document.querySelector("#suggested");
  const shown = language();
  let found = [];
  try {
    found = await suggestions(shown);
  } catch { /* the page works without them */ }
  if (shown !== language()) return;
  suggested.hidden = !found.length;
  suggested.querySelector("ul").replaceChildren(...found.map(({ question, language: spoken }) => element("li", {}, element("button", { type: "button", class: "offer", lang: spoken, onclick: () => ask(question) }, question), spoken === shown ? null : words().inChinese)));
}

function drawAround() {
  document.querySelector("#welcome").hidden = conversation.turns.length > 0;
  document.querySelector("#export").hidden = !conversation.turns.some((turn) => turn.body);
  shelfButton.hidden = !kept().length;
  drawShelf(conversation.id, show, (id) => { if (id === conversation.id) show(blank()); });
}

function redraw(turn) {
  const place = conversation.turns.indexOf(turn);
  if (place >= 0) turns.children[place].replaceWith(turnElement(turn, doors));
}

// Take a turn that has no answer away, and leave the others alone: a screen reader would read them all again.
function drop(turn) {
  const place = conversation.turns.indexOf(turn);
  conversation.turns.splice(place, 1);
  turns.children[place].remove();
}

function show(chosen) {
  asking?.abort();
  conversation = chosen ?? blank();
  sessionStorage.setItem("open", conversation.id);
  note.textContent = "";
  closeSource();
  openShelf(innerWidth >= ROOMY && kept().length > 0);
  draw();
  scrollTo(0, conversation.turns.length ? document.body.scrollHeight : 0);
  box.focus();
}

function openShelf(open) {
  shelf.hidden = !open;
  shelfButton.setAttribute("aria-expanded", String(open));
}

function write(text) {
  box.value = text;
  box.focus();
}

function history() {
  const messages = conversation.turns.filter((turn) => turn.body).flatMap(({ question, body }) => [
    { role: "user", content: question }, { role: "assistant", content: codePoints(body.answer ?? "").slice(0, MESSAGE).join("") }]);
  return messages.slice(-HISTORY);
}

async function ask(question) {
  if (asking) return;
  const here = conversation;
  here.turns.filter((turn) => !turn.body).forEach(drop);
  const request = { question, history: history() };
  const turn = { question, body: null };
  here.turns.push(turn);
  turns.append(turnElement(turn, doors));
  note.textContent = "";
  if (box.value.trim() === question) box.value = "";
  box.rows = 1;
  drawAround();
  turns.lastElementChild.scrollIntoView({ block: "end" });
  const mine = (asking = new AbortController());
  const timer = setTimeout(() => { turn.slow = true; if (conversation === here) redraw(turn); }, SLOW);
  try {
    for await (const [name, data] of read("/api/ask/stream", request, mine.signal)) {
      if (name === "error") throw new Error(data.error.message);
      if (name === "answer") turn.body = data;
      else turn.passages = data.passages;
      if (conversation === here) redraw(turn);
    }
    if (!turn.body) throw new TypeError("the stream ended early");
    here.changed = Date.now();
    sessionStorage.setItem("open", here.id);
    if (!save(here)) note.textContent = words().notKept;
  } catch (error) {
    if (conversation !== here) {
      here.turns = here.turns.filter((other) => other !== turn);
    } else if (error.name === "AbortError") {
      box.value ||= question;
      note.textContent = words().stopped;
      drop(turn);
    } else {
      box.value ||= question;
      turn.failed = words().errors[error.code] ?? (error instanceof TypeError ? words().failed : error.message);
      redraw(turn);
    }
  } finally {
    clearTimeout(timer);
    asking = null;
  }
  if (conversation !== here) return;
  drawAround();
  turns.lastElementChild?.scrollIntoView({ block: "nearest" });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = box.value.trim();
  const length = codePoints(question).length;
  if (length > LONGEST) note.textContent = words().tooLong(length, LONGEST);
  else if (question && !asking) ask(question);
});
box.addEventListener("input", () => { box.rows = Math.min(MOST_ROWS, box.value.split("\n").length); });
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "ArrowUp" && !box.value && conversation.turns.length) {
    event.preventDefault();
    write(conversation.turns.at(-1).question);
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (asking) asking.abort();
  else closeSource();
});
addEventListener("storage", drawAround);
document.querySelector("#fresh").addEventListener("click", () => show(blank()));
shelfButton.addEventListener("click", () => openShelf(shelf.hidden));
for (const kind of ["markdown", "json"]) {
  document.querySelector(`#export-${kind}`).addEventListener("click", () => saveFile(kind, conversation.turns.filter((turn) => turn.body), words()));
}

masthead(draw);
openShelf(innerWidth >= ROOMY && kept().length > 0);
const asked = new URLSearchParams(location.search).get("q")?.trim();
if (asked && conversation.turns[0]?.question !== asked) {
  conversation = blank();
  ask(codePoints(asked).slice(0, LONGEST).join(""));
} else if (conversation.turns.length) {
  turns.lastElementChild.scrollIntoView({ block: "end" });
}
