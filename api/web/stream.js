// Server-Sent Events over a POST: yields [name, data] as they come. What the server says no to is thrown as it says it.
export async function* read(address, request, signal) {
  const response = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request), signal });
  if (!response.ok) {
    const { error } = await response.json();
    throw Object.assign(new Error(error.message), { code: error.code });
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (kept + value).split("\n\n");
    kept = events.pop();
    for (const event of events) {
      const [name, data] = event.split("\n");
      yield [name.replace("event: ", ""), JSON.parse(data.replace("data: ", ""))];
    }
  }
}
