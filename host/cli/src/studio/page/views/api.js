// The page's requests, generated from the same types as the responses.

import { get } from "../api.js";
import { fill, h, problem } from "../dom.js";

export function api(root) {
  const list = h("div");
  fill(
    root,
    h("div", { class: "head" }, h("h1", {}, "Requests")),
    h("p", { class: "lead" }, "This page uses the same operations as the commands. Each request needs the header ", h("code", {}, "Authorization: Bearer TOKEN"), ", with the token in the address that ", h("code", {}, "obscura serve"), " prints."),
    list,
  );
  get("/api/openapi.json").then(
    (document) => {
      const all = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, one]) => operation(path, method, one, document.components.schemas)));
      const whole = new Blob([JSON.stringify(document, null, 2)], { type: "application/json" });
      fill(list, h("p", {}, h("a", { href: URL.createObjectURL(whole), download: "obscura-studio.openapi.json", class: "button" }, "Save as OpenAPI")), all);
    },
    (error) => fill(list, problem(error)),
  );
}

function operation(path, method, one, schemas) {
  const body = Object.entries(one.requestBody?.content ?? {})[0];
  const answer = one.responses["200"].content["application/json"].schema;
  return h(
    "details",
    { class: "operation" },
    h("summary", {}, h("code", {}, `${method.toUpperCase()} ${path}`), ` ${one.summary}`),
    one.description && h("p", {}, one.description),
    one.parameters && [h("h3", {}, "Query"), h("dl", { class: "facts" }, one.parameters.map((each) => [h("dt", {}, each.name, each.required ? "" : ", optional"), h("dd", {}, each.description)]))],
    body && [h("h3", {}, `Body: ${body[0]}`), fields(body[1].schema, schemas)],
    h("h3", {}, "Answer"),
    fields(answer, schemas),
  );
}

/** The fields of an object, one level deep; the document has all. */
function fields(schema, schemas) {
  const name = schema.$ref?.split("/").pop();
  const whole = name ? schemas[name] : schema;
  const own = Object.entries(whole?.properties ?? {});
  if (own.length === 0) return h("p", { class: "hint" }, whole?.description ?? whole?.format ?? "nothing");
  return h("dl", { class: "facts" }, own.map(([field, one]) => [h("dt", {}, field), h("dd", {}, one.description ?? h("code", {}, kind(one)))]));
}

function kind(schema) {
  const one = schema.$ref ?? schema.items?.$ref ?? schema.allOf?.[0]?.$ref ?? schema.anyOf?.[0]?.$ref;
  return one ? one.split("/").pop() : (schema.type ?? "any");
}
