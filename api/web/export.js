// A conversation as a file: Markdown to read, or JSON whose answers `wenbao verify` checks one by one.
import { documentOf } from "/web/archive.js";
import { printed } from "/web/citation.js";
import { element } from "/web/text.js";

export async function save(kind, turns, said) {
  const text = kind === "json" ? JSON.stringify(turns, null, 1) : (await Promise.all(turns.map((turn) => markdown(turn, said)))).join("\n");
  const address = URL.createObjectURL(new Blob([text], { type: kind === "json" ? "application/json" : "text/markdown" }));
  element("a", { href: address, download: `wenbao.${kind === "json" ? "json" : "md"}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function markdown({ question, body }, said) {
  const quotes = await Promise.all(body.citations.map((citation) => quoted(citation, said)));
  return `## ${plain(question)}\n\n${quotes.join("\n") || `${said.none} ${said.reasons[body.reason] ?? ""}\n`}`;
}

async function quoted(citation, said) {
  const where = await documentOf(citation.document_id).then(({ imprint }) => printed(imprint), () => "");
  const headline = plain(citation.title_made ? said.untitled : citation.title);
  return `> ${plain(citation.cited_text)}\n>\n> 《${headline}》 ${plain(where || citation.document_id)} <${new URL(citation.url, location.origin)}>\n`;
}

const plain = (text) => text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|]/g, "\\$&");
