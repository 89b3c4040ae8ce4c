// On an article's page: mark the span that the address names, and go to it.
import { applyTheme } from "/web/words.js";
import { fragment, markSpan } from "/web/text.js";

function show() {
  for (const mark of document.querySelectorAll(".text mark")) mark.replaceWith(mark.textContent);
  const span = fragment(location.hash);
  const first = span && markSpan(document.querySelector(".text"), span[0], span[1]);
  if (first) first.scrollIntoView({ block: "center" });
}

applyTheme();
addEventListener("hashchange", show);
show();
