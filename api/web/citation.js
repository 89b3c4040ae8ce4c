// Quotations to take away, with where they were printed as far as the page itself says: nothing is made up.
import { documentOf } from "/web/archive.js";
import { language, words } from "/web/words.js";

// “quote”——《headline》[N/OL]. newspaper, date(page)[day of access]. address     (GB/T 7714—2015, newspapers online)
export async function citationText(citations) {
  const lines = await Promise.all(citations.map(async (citation) => {
    const { imprint } = await documentOf(citation.document_id);
    const address = new URL(citation.url, location.origin);
    return language() === "zh" ? chinese(citation, imprint, address) : english(citation, imprint, address);
  }));
  return lines.join("\n");
}

const today = () => new Date().toLocaleDateString("sv"); // 2026-11-21, by the reader's own clock

function chinese(citation, { newspaper, date, number }, address) {
  const headline = citation.title_made ? `[${words().untitled.replace(/[（）]/g, "")}]` : `《${citation.title}》`;
  const when = `${date ?? ""}${number ? `(${number})` : ""}`;
  const where = [newspaper, when].filter(Boolean).join(", ");
  return `“${citation.cited_text}”——${headline}[N/OL]. ${where}[${today()}]. ${address}`;
}

function english(citation, imprint, address) {
  const headline = citation.title_made ? words().untitled : `“${citation.title}”`;
  return `“${citation.cited_text}” (${[headline, printed(imprint)].filter(Boolean).join(", ")}; ${address}, read on ${today()})`;
}

// The newspaper, the date and the page, for a reader; "" where the page says none of them.
export const printed = ({ newspaper, date, number }) => [newspaper, date && words().date(...date.split("-").map(Number)), number && words().page(number)].filter(Boolean).join(words().comma);
