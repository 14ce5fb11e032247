// Completions in the pipeline document, from its published schema and from those of the transforms'
// parameters.

import { pathText, walk } from "./json-text.js";

/** A schema with its references resolved and its alternatives merged. */
function resolve(root, schema, seen = 0) {
  if (!schema || schema === true || seen > 16) return {};
  if (schema.$ref) {
    const path = schema.$ref.replace(/^#\/?/, "").split("/").filter(Boolean);
    const found = path.reduce((place, name) => place?.[name], root);
    const { $ref: _, ...rest } = schema;
    return { ...resolve(root, found, seen + 1), ...rest };
  }
  const some = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (!some) return schema;
  const all = some.map((one) => resolve(root, one, seen + 1));
  const merged = { ...schema, properties: {}, enum: [] };
  for (const one of all) {
    for (const [name, own] of Object.entries(one.properties ?? {})) {
      const other = merged.properties[name];
      merged.properties[name] = other ? { ...other, anyOf: [other, own] } : own;
    }
    merged.items ??= one.items;
    merged.type ??= one.type === "null" ? undefined : one.type;
    merged.enum.push(...(one.enum ?? []), ...(one.const !== undefined ? [one.const] : []));
  }
  return merged;
}

/** The schema of the version that a text states, or of the newest. */
function ofVersion(schema, text) {
  const some = schema.anyOf ?? schema.oneOf;
  if (!some) return schema;
  const version = Number(/"version"\s*:\s*(\d+)/.exec(text)?.[1] ?? 2);
  const all = some.map((one) => resolve(schema, one));
  return all.find((one) => one.properties?.version?.const === version) ?? all[all.length - 1];
}

/** `transforms`: name → { schema, digests }. */
export function completer(schema, transforms) {
  return (text, { path, want }) => {
    const { places, values } = walk(text);
    let [root, here] = [schema, resolve(schema, ofVersion(schema, text))];
    const name = path[path.length - 1];
    for (let depth = 0; depth < path.length; depth++) {
      const part = path[depth];
      const own = typeof part === "string" && part === "parameters";
      const transform = own && transforms.get(values.get(pathText([...path.slice(0, depth), "transform"])));
      if (transform) {
        root = transform.schema;
        here = resolve(root, root);
      } else {
        here = resolve(root, typeof part === "number" ? here.items : here.properties?.[part]);
      }
    }
    if (want === "key") {
      const before = pathText(path);
      const taken = (key) => places.has(before ? `${before}.${key}` : key);
      return Object.entries(here.properties ?? {})
        .filter(([key]) => !taken(key))
        .map(([key, one]) => {
          const own = resolve(root, one);
          return { label: key, insert: `${JSON.stringify(key)}: ${start(own)}`, about: brief(own.description) };
        });
    }
    return worth(here, name, path, values, transforms).map((one) => ({ label: String(one), insert: JSON.stringify(one) }));
  };
}

/** The beginning of a value. */
function start(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  return { object: "{}", array: "[]", string: '""', boolean: "true" }[type] ?? "";
}

const brief = (text) => /^.*?[.](?=\s|$)/s.exec(text ?? "")?.[0].replace(/\s+/g, " ") ?? text ?? "";

/** Valid values. */
function worth(schema, name, path, values, transforms) {
  const step = path.slice(0, -1);
  if (name === "transform") return [...transforms.keys()];
  if (name === "digest") return transforms.get(values.get(pathText([...step, "transform"])))?.digests ?? [];
  if (path.includes("of")) {
    const steps = path.indexOf("steps");
    const before = Number(path[steps + 1]);
    const names = Array.from({ length: before }, (_, index) => {
      const place = pathText([...path.slice(0, steps + 1), index]);
      return values.get(`${place}.name`) ?? values.get(`${place}.transform`);
    });
    return ["source", ...names.filter(Boolean)];
  }
  if (path.includes("media_types")) return ["image/*", "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "image/tiff"];
  if (name === "key_template") return ["{key}/{rendition}.{extension}", "{key}/{version}/{rendition}.{extension}"];
  if (name === "cache_control") return ["public, max-age=31536000, immutable", "public, max-age=3600"];
  const known = [...(schema.enum ?? []), ...(schema.const !== undefined ? [schema.const] : [])];
  if (known.length > 0) return known;
  if (schema.type === "boolean") return [true, false];
  return schema.default !== undefined && schema.default !== null && typeof schema.default !== "object" ? [schema.default] : (schema.examples ?? []);
}
