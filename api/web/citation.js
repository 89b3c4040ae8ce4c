// Quotations to take away, with where they were printed.
import { words } from "/web/words.js";

export async function citationText(citations) {
  return citations.map((citation) => `“${citation.cited_text}”——《${citation.title_made ? words().untitled : citation.title}》[N]. ${citation.document_id}. ${new URL(citation.url, location.origin)}`).join("\n");
}
