// What the archive holds, asked for once.
const fetched = new Map();

function once(address, read) {
  if (!fetched.has(address)) {
    const got = fetch(address).then((response) => (response.ok ? response[read]() : Promise.reject(new Error(response.status))));
    got.catch(() => fetched.delete(address)); // asked for again when it is needed again
    fetched.set(address, got);
  }
  return fetched.get(address);
}

export const articleOf = (id) => once(`/api/articles/${encodeURIComponent(id)}`, "json");
export const documentOf = (id) => once(`/api/documents/${id.split("/").map(encodeURIComponent).join("/")}`, "json");
export const sheetOf = (id) => once(`/articles/${encodeURIComponent(id)}`, "text").then((html) => new DOMParser().parseFromString(html, "text/html").querySelector(".sheet"));
export const feedbackState = () => once("/api/feedback", "json");
export const instead = (question) => once(`/api/instead?q=${encodeURIComponent(question)}`, "json");
export const suggestions = (language) => once(`/api/suggestions?language=${language}`, "json").then((found) => found.questions);

// Where a passage stands in its article: [start, end) in code points.
export async function spanOf({ article_id: id, text }) {
  const whole = (await articleOf(id)).text;
  const start = Array.from(whole.slice(0, whole.indexOf(text))).length;
  return [start, start + Array.from(text).length];
}
