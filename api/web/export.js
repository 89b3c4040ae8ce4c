// A conversation as a file: Markdown to read, or JSON whose answers `wenbao verify` checks one by one.
import { element } from "/web/text.js";

export function save(kind, turns, said) {
  const text = kind === "json" ? JSON.stringify(turns, null, 1) : turns.map((turn) => markdown(turn, said)).join("\n");
  const address = URL.createObjectURL(new Blob([text], { type: kind === "json" ? "application/json" : "text/markdown" }));
  element("a", { href: address, download: `wenbao.${kind === "json" ? "json" : "md"}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function markdown({ question, body }, said) {
  const answer = body.citations.map((citation) => `> ${plain(citation.cited_text)}\n>\n> 《${plain(citation.title_made ? said.untitled : citation.title)}》 ${plain(citation.document_id)} <${new URL(citation.url, location.origin)}>\n`);
  return `## ${plain(question)}\n\n${answer.join("\n") || `${said.none} ${said.reasons[body.reason] ?? ""}\n`}`;
}

const plain = (text) => text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|]/g, "\\$&");
