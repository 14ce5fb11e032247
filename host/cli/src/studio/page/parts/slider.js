// Two pictures, one over the other, with a movable edge between them.

import { h } from "../dom.js";

/** `left` and `right`: { src, label }. Shown at the size of the right one, or smaller. */
export function slider({ left, right, width, height, crop = false }) {
  const over = h("img", { class: "over", src: left.src, alt: left.label, draggable: "false" });
  if (crop) over.style.setProperty("object-fit", "cover");
  const range = h("input", {
    type: "range",
    min: 0,
    max: 100,
    step: 0.5,
    value: 50,
    "aria-label": `Edge between ${left.label} and ${right.label}`,
    oninput: () => box.style.setProperty("--edge", `${range.value}%`),
  });
  const box = h(
    "div",
    { class: "slider", style: { "aspect-ratio": `${width} / ${height}` } },
    h("img", { src: right.src, alt: right.label, draggable: "false" }),
    over,
    h("span", { class: "edge", "aria-hidden": "true" }),
    h("span", { class: "tag left", "aria-hidden": "true" }, left.label),
    h("span", { class: "tag right", "aria-hidden": "true" }, right.label),
    range,
  );
  over.addEventListener("error", () => {
    over.remove();
    box.querySelector(".tag.left").textContent = `${left.label}: this browser does not show its format`;
  });
  return h("div", { class: "sized", style: { "max-width": `${Math.max(width, 240)}px` } }, box);
}
