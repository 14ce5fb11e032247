// A long operation: its progress and its result. It continues when the page is closed.

import { get, post } from "../api.js";
import { fill, h, problem } from "../dom.js";
import { on } from "../live.js";

const STATES = { running: "under way", done: "done", failed: "failed", stopped: "stopped" };

/** Follow a job; `show(job)` returns the view of its result. */
export function follow(id, show) {
  const head = h("div", { class: "row" });
  const bar = h("progress", { "aria-label": "Progress", hidden: true });
  const body = h("div");
  const element = h("section", { class: "panel job", "aria-label": "Long operation" }, head, bar, body);
  let last;

  function paint(job) {
    // The response to `load` can arrive after later events.
    if (last && job.state === "running" && (last.state !== "running" || job.done < last.done)) return;
    const before = last;
    last = job;
    const running = job.state === "running";
    if (before?.state !== job.state || before?.doing !== job.doing || before?.done !== job.done) {
      fill(
        head,
        h(
          "p",
          { role: "status" },
          h("span", { class: `state ${job.state}` }, STATES[job.state]),
          ` ${job.title}`,
          running && job.total > 0 && `: ${job.done.toLocaleString()} of ${job.total.toLocaleString()}`,
          running && job.doing && h("small", {}, ` ${job.doing}`),
        ),
        running && h("button", { type: "button", onclick: () => post("/api/job/stop", { id }).then(paint, () => {}) }, "Stop"),
      );
    }
    bar.hidden = !running;
    if (job.total > 0) [bar.max, bar.value] = [job.total, job.done];
    else bar.removeAttribute("value");
    fill(body, job.problem && problem(job.problem), show(job));
  }

  const load = () =>
    get("/api/job", { id }).then(paint, (error) => {
      bar.hidden = true;
      fill(body, problem(error));
    });
  const stops = [on("job", ({ job }) => job.id === id && paint(job)), on("behind", load)];
  load();
  return { element, end: () => stops.forEach((stop) => stop()), again: () => last && paint({ ...last }) };
}
