// A turn of the conversation: the question, and the answer as printed or that the archive does not say.
import { articleOf, documentOf, instead, spanOf, suggestions } from "/web/archive.js";
import { citationText, printed } from "/web/citation.js";
import { copier } from "/web/copier.js";
import { feedbackElement } from "/web/feedback.js";
import { codePoints, element, hinted, marked, spoken } from "/web/text.js";
import { language, words } from "/web/words.js";

const ANY = 3; // questions of the whole archive
const QUOTED = 120; // characters of a nearest passage

// `doors`: {open(citation, link), edit(question), ask(question), keep()}.
export function turnElement(turn, doors) {
  const { question, body } = turn;
  const asked = element("h2", { class: "asked", lang: spoken(question) }, question);
  if (!body) return element("li", {}, asked, waiting(turn, doors));
  const rewritten = body.rewritten_question ? understood(body.rewritten_question, doors) : null;
  return element("li", {}, asked, rewritten, body.answerable ? answer(turn, doors) : refusal(turn, doors));
}

function waiting({ passages, slow, failed, question }, doors) {
  const said = words();
  if (failed) return element("div", { class: "answer none", role: "alert" }, element("p", {}, failed), button(said.again, () => doors.ask(question)));
  const status = element("p", { role: "status", class: "waiting" }, slow ? said.slow : passages ? said.weighing : said.thinking);
  const names = [...new Set((passages ?? []).map(headline))].slice(0, 3).map((name) => element("li", { lang: spoken(name) }, name));
  return element("div", {}, status, names.length ? element("ul", { class: "reading" }, ...names) : null);
}

const button = (label, onclick, more = {}) => element("button", { type: "button", class: "plain", onclick, ...more }, label);

function understood(text, doors) {
  return element("p", { class: "note understood" }, words().understood, element("q", { lang: spoken(text) }, text), " ", button(words().edit, () => doors.edit(text)));
}

function answer(turn, doors) {
  const { question, body } = turn;
  const said = words();
  const quotes = body.citations.map((citation) => quote(citation, body, doors));
  const link = permalink(body.rewritten_question ?? question);
  const tools = element("p", { class: "tools" }, sureness(body.confidence),
    copier(said.copy, () => citationText(body.citations)), copier(said.link, () => link));
  return element("div", { class: "answer" }, ...quotes, element("div", { class: "after" }, tools, feedbackElement(turn, doors.keep)));
}

function quote(citation, body, doors) {
  const seams = citation.seams.map((seam) => seam.offset);
  const label = `[${citation.index}] ${headline(citation)}`;
  const chip = element("a", { class: "chip", href: citation.url, "aria-label": label, onclick: here((link) => doors.open(citation, link)) }, String(citation.index));
  const text = element("blockquote", { lang: spoken(citation.cited_text) }, ...marked(citation.cited_text, body.short_answer, seams, words().seam), " ", hinted(chip, element("b", { lang: spoken(headline(citation)) }, headline(citation)), element("span", { lang: spoken(citation.passage) }, citation.passage)));
  return element("div", { class: "quote" }, text, origin(citation));
}

function origin(citation) {
  const check = hinted(element("button", { type: "button", class: "check" }, words().verbatim), words().verbatimHint);
  check.hidden = true;
  verify(citation).then((same) => { check.hidden = !same; });
  const where = element("span", { class: "note" }, citation.document_id);
  documentOf(citation.document_id).then(({ imprint }) => { where.textContent = printed(imprint) || citation.document_id; }, () => {});
  return element("p", { class: "origin" }, element("cite", { lang: spoken(headline(citation)) }, headline(citation)), where, check);
}

// Whether the article's text, fetched by this browser, has the quotation at its place, character by character.
async function verify(citation) {
  try {
    const { text } = await articleOf(citation.article_id);
    return codePoints(text).slice(citation.start_char_index, citation.end_char_index).join("") === citation.cited_text;
  } catch {
    return false;
  }
}

function sureness(confidence) {
  const said = words();
  const word = confidence >= 0.8 ? said.sure : confidence >= 0.5 ? said.likely : said.unsure;
  return hinted(element("button", { type: "button", class: "sureness" }, word), said.sureHint(Math.round(confidence * 100)));
}

function refusal(turn, doors) {
  const { body } = turn;
  const said = words();
  const better = element("div", { class: "instead" });
  otherwise(turn).then((found) => {
    better.append(...offers(found, doors));
    if (!better.closest("li")?.nextElementSibling) better.scrollIntoView({ block: "nearest" });
  }, () => {});
  const first = body.passages.filter((passage, place, all) => all.findIndex((other) => other.article_id === passage.article_id) === place);
  const nearest = first.slice(0, 3).map((passage) => {
    const address = `/articles/${encodeURIComponent(passage.article_id)}`;
    return element("li", {}, element("a", { href: address, lang: spoken(headline(passage)), onclick: here((link) => openPassage(passage, link, doors)) }, headline(passage)), element("p", { lang: spoken(passage.text) }, `${codePoints(passage.text).slice(0, QUOTED).join("")}…`));
  });
  const talk = body.reason === "not_a_question";
  return element("div", { class: "answer none" }, element("p", { class: "no" }, talk ? said.talkOnly : said.none), element("p", {}, said.reasons[body.reason] ?? ""), better,
    nearest.length && !talk ? element("details", {}, element("summary", {}, said.nearest), element("ul", {}, ...nearest)) : null,
    talk ? null : feedbackElement(turn, doors.keep));
}

// Pressed plainly, a link does this; with a key that opens it elsewhere, it stays a link.
const here = (act) => (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  act(event.currentTarget);
};

async function openPassage(passage, link, doors) {
  const [start, end] = await spanOf(passage).catch(() => [0, 0]);
  doors.open({ ...passage, start_char_index: start, end_char_index: end, url: `${link.href}#c=${start}-${end}` }, link);
}

// What could be asked instead: of the nearest reports, or where none is near, of the whole archive.
async function otherwise({ question, body }) {
  const found = await instead(body.rewritten_question ?? question);
  if (found.better || found.questions.length) return { ...found, others: words().others };
  const any = await suggestions(language());
  return { ...found, questions: any.slice(0, ANY).map((offer) => offer.question), others: words().suggested };
}

function offers({ missing, better, questions, others }, doors) {
  const said = words();
  const offer = (question) => element("li", {}, button(question, () => doors.ask(question), { class: "offer", lang: spoken(question) }));
  return [
    missing.length ? element("p", {}, said.missing(missing.join("、"))) : "",
    ...(better ? [element("p", {}, said.better), element("ul", {}, offer(better))] : []),
    ...(questions.length ? [element("p", {}, others), element("ul", {}, ...questions.map(offer))] : []),
  ];
}

export const headline = (item) => (item.title_made ? words().untitled : item.title);

export const permalink = (question) => `${location.origin}/?q=${encodeURIComponent(question)}`;
