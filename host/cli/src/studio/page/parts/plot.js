// A small plot of numbers over time.

import { h } from "../dom.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [420, 130, 46, 18];

/** `series`: [{ name, kind, values: [[x, y], …] }], over `from` to `to` of x. */
export function plot({ label, series, from, to, unit, bars = false }) {
  const most = Math.max(1, ...series.flatMap((one) => one.values.map(([, y]) => y)));
  const top = nice(most);
  const x = (value) => LEFT + ((value - from) / (to - from)) * (WIDTH - LEFT - 4);
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - 10);
  const lines = [0, top / 2, top].map((value) => [
    h("line", { x1: LEFT, x2: WIDTH - 4, y1: y(value), y2: y(value), class: "grid" }),
    h("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, `${round(value)}`),
  ]);
  const width = Math.max(1.5, (WIDTH - LEFT) / (to - from) - 1);
  const drawn = series.map((one) =>
    bars
      ? one.values.map(([at, value]) => h("rect", { class: one.kind, x: x(at) - width / 2, y: y(value), width, height: Math.max(0, y(0) - y(value)) }))
      : [
          h("polyline", { class: one.kind, points: one.values.map(([at, value]) => `${x(at)},${y(value)}`).join(" ") }),
          one.values.map(([at, value]) => h("circle", { class: one.kind, cx: x(at), cy: y(value), r: 2.5 })),
        ],
  );
  const peak = series.map((one) => `${one.name}: at most ${round(Math.max(0, ...one.values.map(([, value]) => value)))} ${unit}`).join("; ");
  return h(
    "figure",
    { class: "plot" },
    h("figcaption", {}, h("strong", {}, label), h("small", {}, ` ${unit}`)),
    h(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${label}, the last two minutes. ${peak}` },
      lines,
      h("text", { x: LEFT, y: HEIGHT - 3 }, "2 min ago"),
      h("text", { x: WIDTH - 4, y: HEIGHT - 3, "text-anchor": "end" }, "now"),
      drawn,
    ),
    series.length > 1 && h("p", { class: "legend" }, series.map((one) => h("span", { class: `key-of ${one.kind}` }, one.name))),
  );
}

const round = (value) => (value >= 10 || Number.isInteger(value) ? Math.round(value).toLocaleString() : value.toFixed(1));

/** The next round number. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= value);
}
