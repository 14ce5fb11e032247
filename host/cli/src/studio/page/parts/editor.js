// A text area for JSON, with line numbers, line markers, colours and completion.

import { fill, h, id } from "../dom.js";
import { cursor, tokens } from "./json-text.js";

/** `complete(text, cursor)` returns completions: [{ label, insert, about }]. */
export function editor({ label, value, complete, oninput, onsave }) {
  const name = id("choices");
  const area = h("textarea", {
    class: "code",
    "aria-label": label,
    "aria-autocomplete": "list",
    "aria-controls": name,
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    wrap: "off",
    value,
  });
  const numbers = h("div", { class: "numbers", "aria-hidden": "true" });
  const paint = h("pre", { class: "paint", "aria-hidden": "true" });
  const choices = h("ul", { class: "choices plain", id: name, role: "listbox", "aria-label": "Completions", hidden: true });
  const ruler = h("span", { class: "ruler", "aria-hidden": "true" }, "0".repeat(50));
  const element = h("div", { class: "editor" }, numbers, h("div", { class: "sheet" }, paint, area, ruler, choices));
  let marks = new Map();
  let offered = [];
  let chosen = 0;
  let place;

  function show() {
    const text = area.value;
    const parts = [];
    let end = 0;
    for (const token of tokens(text)) {
      if (token.start > end) parts.push(text.slice(end, token.start));
      parts.push(h("span", { class: kindOf(token, text) }, token.text));
      end = token.end;
    }
    parts.push(text.slice(end), "\n");
    fill(paint, parts);
    const lines = text.split("\n").length;
    fill(
      numbers,
      Array.from({ length: lines }, (_, index) => {
        const mark = marks.get(index + 1);
        return h("div", { class: mark ? mark.kind : undefined, title: mark?.message }, String(index + 1));
      }),
    );
    follow();
  }

  function follow() {
    paint.style.setProperty("transform", `translate(${-area.scrollLeft}px, ${-area.scrollTop}px)`);
    numbers.scrollTop = area.scrollTop;
  }

  function offer(asked) {
    if (area.selectionStart !== area.selectionEnd) return hide();
    place = cursor(area.value, area.selectionStart);
    if (!place.want || (!asked && !place.quoted && place.typed === "")) return hide();
    const typed = place.typed.toLowerCase();
    offered = complete(area.value, place).filter((one) => one.label.toLowerCase().includes(typed));
    offered.sort((a, b) => Number(b.label.toLowerCase().startsWith(typed)) - Number(a.label.toLowerCase().startsWith(typed)));
    offered = offered.slice(0, 40);
    if (offered.length === 0 || (offered.length === 1 && offered[0].label === place.typed)) return hide();
    chosen = 0;
    choices.hidden = false;
    const before = area.value.slice(0, place.start).split("\n");
    const width = ruler.getBoundingClientRect().width / 50;
    const left = (before[before.length - 1].length + 1) * width - area.scrollLeft + 12;
    choices.style.setProperty("left", `${Math.max(4, Math.min(left, area.clientWidth - 290))}px`);
    list();
    const below = before.length * 20 + 10 - area.scrollTop;
    const above = below - 20 - choices.offsetHeight;
    const fits = below + choices.offsetHeight < area.clientHeight || above < 0;
    choices.style.setProperty("top", `${fits ? below : above}px`);
  }

  function list() {
    fill(
      choices,
      offered.map((one, index) =>
        h(
          "li",
          {
            id: `${name}-${index}`,
            role: "option",
            "aria-selected": String(index === chosen),
            onmousedown: (event) => {
              event.preventDefault();
              take(one);
            },
          },
          h("strong", {}, one.label),
          one.about && h("small", {}, one.about),
        ),
      ),
    );
    area.setAttribute("aria-activedescendant", `${name}-${chosen}`);
    const option = choices.children[chosen];
    if (option) choices.scrollTop = Math.max(0, option.offsetTop + option.offsetHeight - choices.clientHeight);
  }

  function hide() {
    choices.hidden = true;
    area.removeAttribute("aria-activedescendant");
  }

  function take(one) {
    const end = area.selectionStart;
    // The closing quote of the replaced text.
    const rest = area.value.slice(end);
    const more = place.quoted && rest.startsWith('"') ? 1 : 0;
    area.setSelectionRange(place.start, end + more);
    insert(one.insert);
    hide();
    if (one.insert.endsWith('""') || one.insert.endsWith("{}") || one.insert.endsWith("[]")) {
      const at = area.selectionStart - 1;
      area.setSelectionRange(at, at);
      offer(true);
    }
  }

  /** As if typed, so that it can be undone. */
  function insert(text) {
    area.focus();
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    }
  }

  area.addEventListener("input", () => {
    marks = new Map();
    show();
    offer(false);
    oninput(area.value);
  });
  area.addEventListener("scroll", () => {
    follow();
    hide();
  });
  area.addEventListener("blur", hide);
  area.addEventListener("click", hide);
  area.addEventListener("keydown", (event) => {
    const open = !choices.hidden;
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      onsave();
    } else if (event.ctrlKey && event.key === " ") {
      event.preventDefault();
      offer(true);
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + offered.length) % offered.length;
      list();
    } else if (open && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(offered[chosen]);
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      hide();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      // The next line has the same indentation.
      const line = area.value.slice(0, area.selectionStart).split("\n").pop();
      const deeper = /[{[]\s*$/.test(line) ? "  " : "";
      event.preventDefault();
      insert(`\n${/^\s*/.exec(line)[0]}${deeper}`);
    }
  });

  show();
  return {
    element,
    get value() {
      return area.value;
    },
    set(text) {
      area.value = text;
      marks = new Map();
      show();
    },
    mark(found) {
      marks = new Map(found.map((one) => [one.line, one]));
      show();
    },
    go({ start, end }) {
      area.focus();
      area.setSelectionRange(start, end);
      const line = area.value.slice(0, start).split("\n").length;
      area.scrollTop = Math.max(0, (line - 5) * 20);
    },
  };
}

function kindOf(token, text) {
  if (token.text[0] === '"') return /^\s*:/.test(text.slice(token.end, token.end + 20)) ? "name" : "string";
  return /[\d-]/.test(token.text[0]) ? "digits" : /[A-Za-z]/.test(token.text[0]) ? "word" : "mark";
}
