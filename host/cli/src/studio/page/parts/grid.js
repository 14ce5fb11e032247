// A grid of many cards, of which only the visible ones are in the DOM.

import { batched, h } from "../dom.js";

const WIDTH = 215;
const GAP = 14;
const MORE = 2;

/** Cards of one height, made by `card`. */
export function grid({ height, card, label }) {
  const list = h("ul", { class: "cards plain", "aria-label": label });
  let items = [];
  let cards = new Map();

  const paint = () => {
    const width = list.clientWidth;
    if (width === 0) return;
    const columns = Math.max(1, Math.floor((width + GAP) / (WIDTH + GAP)));
    const rows = Math.ceil(items.length / columns);
    list.style.setProperty("height", `${Math.max(0, rows * (height + GAP) - GAP)}px`);
    const top = -list.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / (height + GAP)) - MORE);
    const last = Math.min(rows, Math.ceil((top + innerHeight) / (height + GAP)) + MORE);
    const across = (width - (columns - 1) * GAP) / columns;
    const there = new Map();
    for (let index = first * columns; index < Math.min(items.length, last * columns); index++) {
      const item = items[index];
      const before = cards.get(item.key);
      const element = before?.item === item ? before.element : card(item);
      element.style.setProperty("transform", `translate(${(index % columns) * (across + GAP)}px, ${Math.floor(index / columns) * (height + GAP)}px)`);
      element.style.setProperty("width", `${across}px`);
      element.style.setProperty("height", `${height}px`);
      // Screen readers get the total number, although only some are present.
      element.setAttribute("aria-setsize", items.length);
      element.setAttribute("aria-posinset", index + 1);
      there.set(item.key, { item, element });
    }
    // The focused element keeps the focus: remaining elements are not moved, unless one is inserted
    // before them.
    const wanted = [...there.values()].map((one) => one.element);
    const stay = new Set(wanted);
    for (const old of [...list.children]) if (!stay.has(old)) old.remove();
    wanted.forEach((element, index) => {
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    });
    cards = there;
  };
  const soon = batched(() => requestAnimationFrame(paint), 16);
  addEventListener("scroll", soon, { passive: true });
  const sizes = new ResizeObserver(soon);
  sizes.observe(list);
  return {
    element: list,
    show: (next) => {
      items = next;
      soon();
    },
    end: () => {
      removeEventListener("scroll", soon);
      sizes.disconnect();
      soon.cancel();
    },
  };
}
