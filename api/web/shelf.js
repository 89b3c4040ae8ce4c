// The list of conversations: one is opened, renamed, deleted; what was deleted last can be brought back.
import { kept, load, nameOf, remove, save } from "/web/store.js";
import { element, spoken } from "/web/text.js";
import { words } from "/web/words.js";

const list = document.querySelector("#kept");
const status = document.querySelector("#kept-status");

// `open(conversation)` is told what is chosen; `gone(id)` what is deleted.
export function drawShelf(current, open, gone) {
  const said = words();
  const again = (id = current) => drawShelf(id, open, gone);

  function rename(row, id) {
    const before = load(id);
    const input = element("input", { value: nameOf(before), maxlength: "80", "aria-label": said.newName });
    let left = false; // taking the field away blurs it
    const leave = (keep) => {
      if (left) return;
      left = true;
      if (keep && input.value.trim() && input.value !== nameOf(before)) save({ ...load(id), name: input.value.trim() });
      again();
      list.querySelector(`[data-id="${id}"] .rename`)?.focus();
    };
    input.addEventListener("blur", () => leave(true));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      leave(event.key === "Enter");
    });
    row.replaceChildren(input);
    input.select();
  }

  function drop(conversation) {
    remove(conversation.id);
    gone(conversation.id);
    again();
    const back = element("button", { type: "button", class: "plain", onclick: () => { save(conversation); status.replaceChildren(); again(); } }, said.undo);
    status.replaceChildren(said.deleted, " ", back);
    back.focus();
  }

  list.replaceChildren(...kept().map((conversation) => {
    const name = nameOf(conversation);
    const row = element("li", { "data-id": conversation.id });
    row.append(
      element("button", { type: "button", class: "go", lang: spoken(name), "aria-current": conversation.id === current ? "true" : null, onclick: () => open(load(conversation.id)) }, name),
      element("button", { type: "button", class: "plain rename", "aria-label": `${said.rename} ${name}`, onclick: () => rename(row, conversation.id) }, said.rename),
      element("button", { type: "button", class: "plain", "aria-label": `${said.remove} ${name}`, onclick: () => drop(conversation) }, said.remove),
    );
    return row;
  }));
}
