// A button that copies a text, and says so.
import { element } from "/web/text.js";
import { words } from "/web/words.js";

export function copier(label, text) {
  const button = element("button", { type: "button", class: "plain" }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(await text());
      button.textContent = words().copied;
    } catch {
      button.textContent = words().copyFailed;
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  return button;
}
