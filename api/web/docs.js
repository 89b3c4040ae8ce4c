// This server's own OpenAPI, to read and to try.
import { element } from "/web/text.js";
import { masthead } from "/web/words.js";

const DEEPEST = 6; // schemas within schemas
const SHOWN = 20000; // characters of a response
let spec = null;

const resolve = (schema) => (schema?.$ref ? spec.components.schemas[schema.$ref.split("/").pop()] : (schema ?? {}));

// A schema's type in a few words: string (1 to 512), list of MessageIn, integer or null.
function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return several.map(typeOf).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}${range(schema.minItems, schema.maxItems)}`;
  return `${schema.type ?? "any"}${range(schema.minLength ?? schema.minimum, schema.maxLength ?? schema.maximum)}`;
}

const range = (low, high) => (high === undefined ? (low === undefined ? "" : ` (from ${low})`) : ` (${low ?? 0} to ${high})`);

// The objects inside a schema, through lists and alternatives.
function inside(schema) {
  const found = resolve(schema);
  return [found, ...[...(found.anyOf ?? []), ...(found.oneOf ?? []), ...(found.items ? [found.items] : [])].flatMap(inside)].filter((one) => one.properties);
}

function fields(schema, depth = 0) {
  if (depth > DEEPEST) return [];
  return inside(schema).map((object) => element("ul", { class: "fields" }, ...Object.entries(object.properties).map(([name, field]) => {
    const said = [object.required?.includes(name) ? "" : "optional", field.description].filter(Boolean).join("; ");
    return element("li", {}, element("code", {}, name), " ", element("span", { class: "note" }, `${typeOf(field)}${said ? `: ${said}` : ""}`), ...fields(field, depth + 1));
  })));
}

const content = (holder) => Object.values(holder?.content ?? {})[0]?.schema;

function operationElement(method, path, operation) {
  const body = content(operation.requestBody);
  const good = Object.keys(operation.responses).find((status) => status < "300");
  const refused = Object.keys(operation.responses).filter((status) => status >= "400");
  const parameters = (operation.parameters ?? []).map((one) => element("li", {}, element("code", {}, one.name), " ", element("span", { class: "note" }, `${typeOf(one.schema)}${one.required ? "" : "; optional"}${one.description ? `: ${one.description}` : ""}`)));
  const section = (title, ...inner) => (inner.length ? [element("h4", {}, title), ...inner] : []);
  return element("section", { class: "operation", "data-path": path },
    element("h3", { id: operation.operationId }, element("b", {}, method.toUpperCase()), " ", element("code", {}, path)),
    element("p", {}, operation.description ?? operation.summary),
    element("details", {}, element("summary", {}, "Fields"),
      ...(parameters.length ? section("Asked for", element("ul", { class: "fields" }, ...parameters)) : []),
      ...section("The body", ...(body ? fields(body) : [])),
      ...section(`The answer, ${good}`, ...fields(content(operation.responses[good]))),
      refused.length ? element("p", { class: "note" }, `Refused with ${refused.join(", ")}, and a body that says why.`) : null),
    element("details", {}, element("summary", {}, "Try it"), trial(method, path, operation, body)));
}

function trial(method, path, operation, body) {
  const name = operation.operationId;
  const inputs = (operation.parameters ?? []).map((one) => ({ one, input: element("input", { id: `${name}-${one.name}`, required: one.required ? "" : null, value: one.schema.default ?? "" }) }));
  const sent = body ? element("textarea", { id: `${name}-body`, rows: "4" }, JSON.stringify(resolve(body).examples?.[0] ?? {}, null, 1)) : null;
  const came = element("pre", { class: "came", tabindex: "0", role: "status", "aria-label": "response" });
  const form = element("form", {},
    ...inputs.map(({ one, input }) => element("p", {}, element("label", { for: input.id }, one.name), " ", input)),
    sent ? element("p", {}, element("label", { for: sent.id }, "body"), sent) : null,
    element("button", {}, "Send"), came);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    let address = path;
    for (const { one, input } of inputs) {
      if (one.in === "path") address = address.replace(`{${one.name}}`, input.value.split("/").map(encodeURIComponent).join("/"));
      else if (input.value) query.set(one.name, input.value);
    }
    try {
      const response = await fetch(`${address}${query.size ? `?${query}` : ""}`, { method: method.toUpperCase(), ...(sent ? { headers: { "Content-Type": "application/json" }, body: sent.value } : {}) });
      came.textContent = `${response.status}\n${readable(await response.text()).slice(0, SHOWN)}`;
    } catch (error) {
      came.textContent = error.message;
    }
  });
  return form;
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

async function load() {
  spec = await (await fetch("/openapi.json")).json();
  document.querySelector("#summary").textContent = spec.info.summary;
  const all = Object.entries(spec.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method, path, operation })));
  const tags = [...new Set(all.map(({ operation }) => operation.tags?.[0] ?? ""))];
  document.querySelector("#docs").replaceChildren(...tags.flatMap((tag) => [element("h2", {}, tag), ...all.filter(({ operation }) => (operation.tags?.[0] ?? "") === tag).map(({ method, path, operation }) => operationElement(method, path, operation))]));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

masthead(() => {});
load();
