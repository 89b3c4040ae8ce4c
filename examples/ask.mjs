// Ask with JavaScript's fetch (Node 18 or newer, or a browser). Usage: node examples/ask.mjs [QUESTION] [ADDRESS]
const [question = "南海区有多少家社会办医疗机构？", address = "http://127.0.0.1:8000"] = process.argv.slice(2);

const response = await fetch(`${address}/api/ask`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ question }),
});
const body = await response.json();
if (!response.ok) throw new Error(body.error.message);
console.log(body.answerable ? body.answer : `The archive does not say: ${body.reason}.`);
for (const citation of body.citations) console.log(`[${citation.index}] 《${citation.title}》 ${address}${citation.url}`);
