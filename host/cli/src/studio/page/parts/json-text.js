// JSON being edited: the positions of its values, even if it is invalid.

const TOKEN = /[{}[\]:,]|"(?:[^"\\\n]|\\.)*"?|-?\d[\d.eE+-]*|[A-Za-z]+/g;

/** Every token of a text. */
export function* tokens(text) {
  for (const found of text.matchAll(TOKEN)) {
    yield { text: found[0], start: found.index, end: found.index + found[0].length };
  }
}

const unquoted = (token) => {
  try {
    return JSON.parse(token);
  } catch {
    return token.replace(/^"|"$/g, "");
  }
};

/** `routes[0].steps[1].of`, as in findings. */
export const pathText = (path) =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index ? "." : ""}${part}`)).join("");

/**
 * Walk a text: `places` has where each value stands, by its path; `values` has the strings; `at` is where the
 * walk ended: in which object or list, and whether a name or a value is expected there.
 */
export function walk(text) {
  const places = new Map();
  const values = new Map();
  const stack = [{ kind: "document", want: "value" }];
  let last;
  const top = () => stack[stack.length - 1];
  const path = () => stack.slice(1).map((one) => (one.kind === "list" ? one.index : one.key));
  const begun = (token) => {
    const name = pathText(path());
    if (!places.has(name)) places.set(name, { start: top().keyStart ?? token.start, value: token.start, end: token.end });
    return name;
  };
  const ended = () => {
    top().want = "comma";
  };
  for (const token of tokens(text)) {
    last = token;
    const here = top();
    const first = token.text[0];
    if (first === "{" || first === "[") {
      const name = begun(token);
      stack.push(first === "{" ? { kind: "object", want: "key", name } : { kind: "list", want: "value", index: 0, name });
    } else if (first === "}" || first === "]") {
      if (stack.length > 1) {
        const place = places.get(stack.pop().name);
        if (place) place.end = token.end;
        ended();
      }
    } else if (first === ":") {
      if (here.kind === "object") here.want = "value";
    } else if (first === ",") {
      if (here.kind === "list") here.index += 1;
      here.want = here.kind === "object" ? "key" : "value";
    } else if (here.kind === "object" && here.want === "key") {
      here.key = unquoted(token.text);
      here.keyStart = token.start;
      here.want = "colon";
    } else {
      const name = begun(token);
      if (first === '"') values.set(name, unquoted(token.text));
      ended();
    }
  }
  return { places, values, stack, last, path };
}

/** The token being edited at an offset: its path, whether it is a name or a value, and its text so far. */
export function cursor(text, offset) {
  const before = text.slice(0, offset);
  // The text being edited is not a token yet.
  const open = /"(?:[^"\\\n]|\\.)*$/.exec(openString(before) ? before : "") ?? /[A-Za-z0-9_.-]*$/.exec(before);
  const start = offset - open[0].length;
  const { stack, path } = walk(before.slice(0, start));
  const here = stack[stack.length - 1];
  const want = here.want === "colon" || here.want === "comma" ? undefined : here.want;
  const inside = path();
  const place = want === "key" ? inside.slice(0, -1) : inside;
  return { path: place, want, start, quoted: open[0].startsWith('"'), typed: open[0].replace(/^"/, "") };
}

/** Whether the line ends inside a string. */
function openString(before) {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return (line.match(/(?<!\\)"/g) ?? []).length % 2 === 1;
}

/** The position of a finding: the value or an enclosing one. */
export function lineOf(text, path) {
  const { places } = walk(text);
  for (let name = path; ; name = name.replace(/(\.[^.[\]]+|\[\d+\]|^[^.[\]]+)$/, "")) {
    const place = places.get(name);
    if (place) return { line: text.slice(0, place.start).split("\n").length, ...place };
    if (name === "") return { line: 1, start: 0, end: 0 };
  }
}

/** The line and the column in the server's `line 3 column 7`. */
export function lineOfMessage(text, message) {
  const found = /line (\d+) column (\d+)/.exec(message);
  if (!found) return undefined;
  const line = Math.max(1, Number(found[1]));
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + Number(found[2]) - 1;
  return { line, start: Math.min(Math.max(0, start), text.length), end: Math.min(start + 1, text.length) };
}
