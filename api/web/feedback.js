// Whether an answer was right: asked where the server keeps what is said, which it does for its owner alone.
import { feedbackState } from "/web/archive.js";
import { element } from "/web/text.js";
import { words } from "/web/words.js";

const NOTE_LENGTH = 500; // characters
let forms = 0;

// `keep()` is called when the turn's verdict is to be kept with the conversation.
export function feedbackElement(turn, keep) {
  const place = element("div", { class: "feedback" });
  if (turn.verdict) return told(place);
  feedbackState().then(({ open }) => { if (open) asking(place, turn, keep); }, () => {});
  return place;
}

function told(place) {
  place.replaceChildren(element("p", { class: "note", role: "status" }, words().kept));
  return place;
}

function asking(place, turn, keep) {
  const said = words();
  const button = (label, onclick) => element("button", { type: "button", class: "plain", onclick }, label);
  place.replaceChildren(element("p", { class: "note" }, turn.body.answerable ? said.judge : said.judgeNo, " ",
    button(said.right, () => send(place, turn, keep, { verdict: "right" })), " ",
    button(said.wrong, () => explaining(place, turn, keep))));
}

function explaining(place, turn, keep) {
  const said = words();
  const name = `why-${(forms += 1)}`;
  const reasons = turn.body.answerable ? ["wrong_sentence", ...(turn.body.short_answer ? ["wrong_short_answer"] : []), "incomplete", "other"] : ["should_answer", "other"];
  const note = element("input", { id: `${name}-note`, maxlength: String(NOTE_LENGTH) });
  const form = element("form", {},
    element("fieldset", {}, element("legend", {}, said.why), ...reasons.map((reason) => element("label", {}, element("input", { type: "radio", name, value: reason, required: "" }), " ", said.wrongs[reason]))),
    element("p", {}, element("label", { for: `${name}-note` }, said.noteLabel), " ", note),
    element("button", { class: "plain" }, said.send), " ",
    element("button", { type: "button", class: "plain", onclick: () => asking(place, turn, keep) }, said.cancel));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(place, turn, keep, { verdict: "wrong", reason: new FormData(form).get(name), note: note.value });
  });
  place.replaceChildren(form);
  form.querySelector("input").focus();
}

async function send(place, turn, keep, given) {
  const { question, body } = turn;
  const { rewritten_question, answer, short_answer, confidence, snapshot } = body;
  const whole = { ...given, question, rewritten_question, answer, short_answer, confidence, snapshot, citations: body.citations.map((citation) => citation.url) };
  try {
    const response = await fetch("/api/feedback", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(whole) });
    if (!response.ok) throw new Error(response.status);
    turn.verdict = given.verdict;
    keep();
    told(place);
  } catch {
    asking(place, turn, keep);
    place.append(element("p", { class: "note", role: "alert" }, words().notSent));
  }
}
