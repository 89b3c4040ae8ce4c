// On an article's page: mark the span that the address names, and go to it.
import { fragment, markSpan } from "/web/text.js";
import { masthead, nameParts } from "/web/words.js";

function show() {
  for (const mark of document.querySelectorAll(".text mark")) mark.replaceWith(mark.textContent);
  const span = fragment(location.hash);
  const first = span && markSpan(document.querySelector(".text"), span[0], span[1]);
  if (first) first.scrollIntoView({ block: "center" });
}

masthead(() => nameParts(document));
addEventListener("hashchange", show);
show();
