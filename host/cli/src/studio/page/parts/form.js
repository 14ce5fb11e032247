// A form from a JSON Schema of any transform. Names, descriptions, choices, limits and defaults are the
// schema's; empty fields are omitted, so that the transform's default applies.

import { fill, h, id } from "../dom.js";

/** A form for `value`; `onchange` receives the next value. */
export function schemaForm(schema, value, onchange) {
  const root = h("div", { class: "form" });
  let now = structuredClone(value ?? {});
  const set = (next, rebuild) => {
    now = next ?? {};
    if (rebuild) paint();
    onchange(structuredClone(now));
  };
  const context = { root: schema };
  const paint = () => fill(root, members(context, resolve(context, schema), now, set));
  paint();
  return {
    element: root,
    set: (next) => {
      now = structuredClone(next ?? {});
      paint();
    },
  };
}

/** The resolved schema: with references followed, and without `null`, since empty fields are omitted. */
function resolve(context, schema, seen = 0) {
  if (schema === true || schema === undefined || seen > 16) return {};
  if (schema.$ref) {
    const path = schema.$ref.replace(/^#\/?/, "").split("/").filter(Boolean);
    const found = path.reduce((place, name) => place?.[name.replace(/~1/g, "/").replace(/~0/g, "~")], context.root);
    const { $ref: _, ...rest } = schema;
    return { ...resolve(context, found, seen + 1), ...rest };
  }
  if (schema.allOf?.length === 1) {
    const { allOf, ...rest } = schema;
    return { ...resolve(context, allOf[0], seen + 1), ...rest };
  }
  for (const many of ["anyOf", "oneOf"]) {
    if (!schema[many]) continue;
    const { [many]: all, ...rest } = schema;
    const some = all.map((one) => resolve(context, one, seen + 1)).filter((one) => one.type !== "null");
    if (some.length === 1) return { ...some[0], ...rest };
    const choices = some.flatMap((one) => (one.const !== undefined ? [one.const] : (one.enum ?? [])));
    if (some.every((one) => one.const !== undefined || one.enum)) {
      const words = Object.fromEntries(some.filter((one) => one.const !== undefined && one.description).map((one) => [one.const, one.description]));
      return { ...rest, enum: choices, words };
    }
    return { ...rest, variants: some };
  }
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    return { ...schema, type: types.length === 1 ? types[0] : types };
  }
  return schema;
}

const words = (name) => name.replaceAll("_", " ");

/** The fields of an object: required and set ones first, the rest collapsed. */
function members(context, schema, value, set, many = 5) {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    return h("p", { class: "hint" }, "This transform has no parameters.");
  }
  const required = new Set(schema.required ?? []);
  const needed = [];
  const first = [];
  const rest = [];
  for (const [name, own] of properties) {
    const field = one(context, name, own, value?.[name], required.has(name), (next, rebuild) => {
      const all = { ...(value ?? {}) };
      if (next === undefined) delete all[name];
      else all[name] = next;
      value = all;
      set(all, rebuild);
    });
    const given = value?.[name] !== undefined;
    if (required.has(name)) needed.push(field);
    else (given || properties.length <= many ? first : rest).push(field);
  }
  return [
    needed,
    first,
    rest.length > 0 &&
      h("details", { class: "more" }, h("summary", {}, `${rest.length} more settings`), h("div", { class: "form" }, rest)),
  ];
}

/** A field with its name, description and limits. */
function one(context, name, given, value, required, set) {
  const schema = resolve(context, given);
  const field = id("field");
  const about = `${field}-about`;
  const hint = sentence(schema, required);
  const parts = { context, schema, value, set, field, about, name, required };
  if (schema.type === "boolean") {
    return h("div", { class: "field" }, checkbox(parts), hint && h("p", { class: "hint", id: about }, hint));
  }
  if (schema.type === "object" && schema.properties) return group(parts, hint);
  if (schema.type === "array") return list(parts, hint);
  if (schema.variants) return variants(parts, hint);
  return h("div", { class: "field" }, h("label", { for: field }, words(name)), input(parts), hint && h("p", { class: "hint", id: about }, hint));
}

/** A field's description: its first sentence, its limits and its default. */
function sentence(schema, required) {
  const first = /^.*?[.:](?=\s|$)/s.exec(schema.description ?? "")?.[0] ?? schema.description ?? "";
  const { minimum: least, maximum: most } = schema;
  const limits = least !== undefined && most !== undefined ? `${least} to ${most}` : least !== undefined ? `at least ${least}` : most !== undefined ? `at most ${most}` : "";
  const fallback = schema.default !== undefined && schema.default !== null ? `default ${text(schema.default)}` : "";
  const facts = [limits, fallback, required ? "needed" : ""].filter(Boolean).join(", ");
  return [first.replace(/\s+/g, " ").replace(/[:]$/, "."), facts && `(${facts})`].filter(Boolean).join(" ");
}

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function checkbox({ schema, value, set, field, about, name }) {
  const box = h("input", {
    type: "checkbox",
    id: field,
    "aria-describedby": about,
    checked: value ?? schema.default ?? false,
    onchange: () => set(box.checked === (schema.default ?? false) ? undefined : box.checked),
  });
  return h("div", { class: "check" }, box, h("label", { for: field }, words(name)));
}

function input(parts) {
  const { schema, value, set, field, about, required } = parts;
  if (schema.enum) return choice(parts);
  const number = schema.type === "integer" || schema.type === "number";
  if (!number && schema.type !== "string") return json(parts);
  const box = h("input", {
    id: field,
    "aria-describedby": about,
    type: number ? "number" : "text",
    value: value ?? "",
    min: schema.minimum,
    max: schema.maximum,
    step: schema.type === "integer" ? 1 : "any",
    maxlength: schema.maxLength,
    required,
    placeholder: schema.default !== undefined && schema.default !== null ? text(schema.default) : undefined,
    spellcheck: "false",
    autocomplete: "off",
    oninput: () => {
      // A schema's patterns have a different syntax from HTML's.
      const fits = !schema.pattern || box.value === "" || matches(schema.pattern, box.value);
      box.setCustomValidity(fits ? "" : `It does not match ${schema.pattern}`);
      box.setAttribute("aria-invalid", !box.checkValidity());
      if (box.value === "" && !box.validity.badInput) return set(required && !number ? "" : undefined);
      if (box.checkValidity()) set(number ? Number(box.value) : box.value);
    },
  });
  if (!number && /#|colou?r/i.test(`${schema.pattern ?? ""} ${schema.default ?? ""} ${parts.name}`) && /^#[0-9a-f]{6}$/i.test(text(value ?? schema.default ?? "#ffffff"))) {
    const colour = h("input", {
      type: "color",
      "aria-label": `${words(parts.name)}, by eye`,
      value: value ?? schema.default ?? "#ffffff",
      oninput: () => {
        box.value = colour.value;
        set(colour.value);
      },
    });
    return h("div", { class: "pair" }, box, colour);
  }
  const small = number && schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum - schema.minimum <= 400;
  if (!small) return box;
  const range = h("input", {
    type: "range",
    "aria-label": `${words(parts.name)}, by eye`,
    min: schema.minimum,
    max: schema.maximum,
    step: schema.type === "integer" ? 1 : (schema.maximum - schema.minimum) / 100,
    value: value ?? schema.default ?? schema.minimum,
    oninput: () => {
      box.value = range.value;
      set(Number(range.value));
    },
  });
  box.addEventListener("input", () => (range.value = box.value));
  return [box, range];
}

function matches(pattern, text) {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    // The transform reports it itself.
    return true;
  }
}

function choice({ schema, value, set, field, about, required }) {
  const fallback = schema.default !== undefined && schema.default !== null ? ` (${text(schema.default)})` : "";
  const box = h(
    "select",
    {
      id: field,
      "aria-describedby": about,
      onchange: () => set(box.value === "" ? undefined : schema.enum[Number(box.value)]),
    },
    !(required && value !== undefined) && h("option", { value: "" }, `default${fallback}`),
    schema.enum.map((one, index) => h("option", { value: index, selected: one === value, title: schema.words?.[one] }, text(one))),
  );
  return box;
}

/** The fallback for other schemas. */
function json({ value, set, field, about }) {
  const box = h("textarea", {
    id: field,
    "aria-describedby": about,
    rows: 3,
    spellcheck: "false",
    value: value === undefined ? "" : JSON.stringify(value, null, 1),
    oninput: () => {
      try {
        const next = box.value.trim() === "" ? undefined : JSON.parse(box.value);
        box.setAttribute("aria-invalid", "false");
        set(next);
      } catch {
        box.setAttribute("aria-invalid", "true");
      }
    },
  });
  return box;
}

function group({ context, schema, value, set, name, required }, hint) {
  if (value === undefined && !required) {
    const add = h("button", { type: "button", class: "quiet", onclick: () => set(initial(context, schema), true) }, `Set ${words(name)}`);
    return h("div", { class: "field" }, add, hint && h("p", { class: "hint" }, hint));
  }
  return h(
    "fieldset",
    {},
    h("legend", {}, words(name)),
    hint && h("p", { class: "hint" }, hint),
    members(context, schema, value, set),
    !required && h("button", { type: "button", class: "quiet", onclick: () => set(undefined, true) }, `Remove ${words(name)}`),
  );
}

function variants({ context, schema, value, set, field, about, name, required }, hint) {
  const fits = (one) => {
    if (one.enum) return one.enum.includes(value);
    if (one.type === "object") return typeof value === "object" && value !== null && (one.required ?? []).every((key) => key in value);
    if (one.type === "integer" || one.type === "number") return typeof value === "number";
    return one.type === typeof value || (one.type === "array" && Array.isArray(value));
  };
  const chosen = value === undefined ? -1 : schema.variants.findIndex(fits);
  const label = (one, index) => one.title ?? (one.type === "object" ? words(Object.keys(one.properties ?? {})[0] ?? "object") : one.enum ? one.enum.join(" or ") : (one.type ?? `form ${index + 1}`));
  const fallback = schema.default !== undefined && schema.default !== null ? ` (${text(schema.default)})` : "";
  const box = h(
    "select",
    {
      id: field,
      "aria-describedby": about,
      onchange: () => set(box.value === "" ? undefined : initial(context, schema.variants[Number(box.value)], schema.default), true),
    },
    !required && h("option", { value: "" }, `default${fallback}`),
    schema.variants.map((one, index) => h("option", { value: index, selected: index === chosen }, label(one, index))),
  );
  const form = schema.variants[chosen];
  return h(
    "div",
    { class: "field" },
    h("label", { for: field }, words(name)),
    box,
    form &&
      (form.type === "object"
        ? h("div", { class: "form" }, members(context, form, value, set, 20))
        : one(context, `${name}_value`, { ...form, default: undefined }, value, true, set)),
    hint && h("p", { class: "hint", id: about }, hint),
  );
}

function list({ context, schema, value, set, field, about, name, required }, hint) {
  const item = resolve(context, schema.items);
  const all = value ?? [];
  if (item.enum) {
    const boxes = item.enum.map((one, index) => {
      const box = h("input", {
        type: "checkbox",
        id: `${field}-${index}`,
        checked: (value ?? schema.default ?? []).includes(one),
        onchange: () => {
          const next = item.enum.filter((other, at) => (at === index ? box.checked : (value ?? schema.default ?? []).includes(other)));
          value = next;
          set(next.length > 0 ? next : undefined);
        },
      });
      return h("div", { class: "check" }, box, h("label", { for: `${field}-${index}` }, text(one)));
    });
    return h("fieldset", {}, h("legend", {}, words(name)), hint && h("p", { class: "hint" }, hint), boxes);
  }
  if (item.type !== "object" && !item.variants) {
    const number = item.type === "integer" || item.type === "number";
    const box = h("input", {
      id: field,
      "aria-describedby": about,
      type: "text",
      value: all.join(", "),
      placeholder: "one, two, three",
      oninput: () => {
        const some = box.value.split(",").map((one) => one.trim()).filter(Boolean);
        const next = number ? some.map(Number) : some;
        const well = next.every((one) => !Number.isNaN(one));
        box.setAttribute("aria-invalid", !well);
        if (well) set(next.length > 0 ? next : undefined);
      },
    });
    return h("div", { class: "field" }, h("label", { for: field }, words(name)), box, h("p", { class: "hint", id: about }, [hint, "Separated by commas."].filter(Boolean).join(" ")));
  }
  const replace = (index, next, rebuild) => {
    const copy = [...(value ?? [])];
    copy[index] = next;
    value = copy;
    set(copy, rebuild);
  };
  const remove = (index) => {
    const left = all.filter((_, at) => at !== index);
    set(left.length > 0 || required ? left : undefined, true);
  };
  return h(
    "div",
    { class: "form" },
    h("p", { class: "label" }, h("strong", {}, words(name)), hint && h("span", { class: "hint" }, ` ${hint}`)),
    all.map((one, index) =>
      h(
        "fieldset",
        {},
        h("legend", {}, one?.name ?? `${words(name)} ${index + 1}`),
        item.properties ? members(context, item, one, (next, rebuild) => replace(index, next, rebuild), 6) : json({ value: one, set: (next) => replace(index, next), field: `${field}-${index}`, about }),
        h("button", { type: "button", class: "quiet", onclick: () => remove(index) }, `Remove ${one?.name ?? index + 1}`),
      ),
    ),
    h("button", { type: "button", onclick: () => set([...all, initial(context, item, undefined, all)], true) }, `Add to ${words(name)}`),
  );
}

/** The initial value of a new field. */
function initial(context, given, fallback, others = []) {
  const schema = resolve(context, given);
  if (fallback !== undefined && fallback !== null && typeof fallback === schema.type) return fallback;
  if (schema.default !== undefined && schema.default !== null) return structuredClone(schema.default);
  if (schema.enum) return schema.enum[0];
  if (schema.type === "object") {
    const required = schema.required ?? [];
    const value = Object.fromEntries(required.map((name) => [name, initial(context, schema.properties?.[name])]));
    // An unused name.
    if (required.includes("name")) value.name = `new-${others.length + 1}`;
    if (schema.properties?.width && !required.includes("width")) value.width = 600;
    return value;
  }
  if (schema.type === "array") return [];
  if (schema.type === "integer" || schema.type === "number") return typeof fallback === "number" ? fallback : (schema.minimum ?? 0);
  return "";
}
