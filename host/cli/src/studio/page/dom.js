// Elements, made from text. Names of pictures and components never become markup: no code here parses
// a string as HTML, and the page's policy forbids it.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "line", "rect", "g", "polyline", "circle", "text", "title"]);

/** An element. `on…` properties are listeners; `true` and `false` set and omit an attribute. */
export function h(tag, properties, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child);
  }
}

/** Replace an element's children. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/** A number that links an input and its label. */
let last = 0;
export const id = (name) => `${name}-${++last}`;

/** Run `work` once when the page is idle, for any number of calls. */
export function batched(work, wait = 100) {
  let waiting;
  const run = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      work();
    }, wait);
  };
  run.cancel = () => clearTimeout(waiting);
  return run;
}

/** Show a message briefly. */
export function toast(text, kind = "info") {
  const note = h("p", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 6000);
}

/** An error and its remedy. */
export function problem(error, extra) {
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("p", {}, h("code", {}, error.code ?? "failed"), " ", error.message),
    error.remedy && h("p", { class: "remedy" }, error.remedy),
    extra,
  );
}

/** A message for an empty view. */
export function empty(title, ...rest) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), ...rest);
}
