// Comparison of two components: their renditions side by side, with the difference.

import { files, get, post } from "../api.js";
import { fill, h, id, problem } from "../dom.js";
import { bytes, change, ms, short } from "../format.js";
import { remember } from "../address.js";
import { follow } from "../parts/job.js";
import { slider } from "../parts/slider.js";

/** The choice of components, and the result. */
export function compare(root, query) {
  let { old = "", new: next = "", transform = "" } = query;
  let job;
  let pictures = [];
  const chosen = new Set();
  const form = h("form", {
    class: "panel",
    onsubmit: (event) => {
      event.preventDefault();
      begin();
    },
  });
  const trouble = h("div");
  const result = h("div");
  fill(root, h("h2", { id: "compare" }, "Compare two components"), form, trouble, result);
  let all;

  async function offer(found) {
    all = found;
    if (pictures.length === 0) {
      pictures = await get("/api/pictures", { take: 24 }).then((page) => page.pictures.filter((one) => one.state !== "ignored"), () => []);
      pictures.slice(0, 4).forEach((one) => chosen.add(one.key));
    }
    // Events must not reset a choice in progress.
    if (!form.contains(document.activeElement)) paint();
  }

  function paint() {
    const several = all.transforms.filter((one) => versions(one.transform).length > 1);
    if (several.length === 0) {
      return fill(form, h("p", { class: "hint" }, "There is only one component of each transform. Publish another one, for example to the channel canary, to compare them here."));
    }
    if (!several.some((one) => one.transform === transform)) transform = several[0].transform;
    const own = versions(transform);
    const active = own.find((one) => one.channels.includes("stable"));
    if (!own.some((one) => one.digest === old)) old = (active ?? own[0]).digest;
    if (!own.some((one) => one.digest === next) || next === old) next = [...own].reverse().find((one) => one.digest !== old).digest;
    const choose = (label, value, set) => {
      const name = id("side");
      return h(
        "div",
        { class: "field" },
        h("label", { for: name }, label),
        h("select", { id: name, onchange: (event) => set(event.target.value) }, own.map((one) => h("option", { value: one.digest, selected: one.digest === value }, `${one.release?.version ?? "?"} (${short(one.digest)}) ${one.channels.join(", ")}`))),
      );
    };
    const which = id("transform");
    fill(
      form,
      h(
        "div",
        { class: "tools" },
        several.length > 1 &&
          h("div", { class: "field" }, h("label", { for: which }, "Transform"), h("select", { id: which, onchange: (event) => ((transform = event.target.value), (old = next = ""), paint()) }, several.map((one) => h("option", { selected: one.transform === transform }, one.transform)))),
        choose("The old component", old, (value) => (old = value)),
        choose("The new component", next, (value) => (next = value)),
      ),
      pictures.length === 0
        ? h("p", { class: "hint" }, "There are no pictures. Upload some first.")
        : h(
            "fieldset",
            {},
            h("legend", {}, "With these pictures"),
            h("div", { class: "ticks" }, pictures.map((one) => tick(one))),
          ),
      h("p", {}, h("button", { type: "submit", class: "primary", disabled: pictures.length === 0 }, "Compare")),
    );
  }

  function tick(one) {
    const name = id("tick");
    return h(
      "div",
      { class: "check" },
      h("input", { type: "checkbox", id: name, checked: chosen.has(one.key), onchange: (event) => chosen[event.target.checked ? "add" : "delete"](one.key) }),
      h("label", { for: name, class: "key" }, one.key),
    );
  }

  const versions = (name) => all.components.filter((one) => one.transform === name);

  async function begin() {
    fill(trouble);
    try {
      const { id: begun } = await post("/api/compare", { transform, old, new: next, keys: [...chosen] });
      remember({ compare: begun, transform, old, new: next });
      watch(begun);
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  function watch(which) {
    job?.end();
    const shown = new Map();
    job = follow(which, (now) => (now.result?.pictures ?? []).map((one) => {
      // The displayed results stay while more arrive.
      if (!shown.has(one.source)) shown.set(one.source, outcome(one));
      return shown.get(one.source);
    }));
    fill(result, job.element);
  }

  if (query.compare) watch(Number(query.compare));
  return { offer, end: () => job?.end() };
}

function outcome(one) {
  const errors = [["old", one.old.error], ["new", one.new.error]].filter(([, error]) => error);
  return h(
    "section",
    { class: "outcome" },
    h("h3", { class: "key" }, one.source),
    h("p", { class: "hint" }, `${ms(one.old.cpu_ms)} → ${ms(one.new.cpu_ms)} of processor time (${change(one.old.cpu_ms, one.new.cpu_ms)}), ${bytes(one.old.peak_memory_bytes)} → ${bytes(one.new.peak_memory_bytes)} of memory`),
    errors.map(([side, error]) => problem({ ...error, message: `The ${side} one: ${error.message}` })),
    one.renditions.map((pair, index) => rendition(pair, one.files[index])),
  );
}

function rendition(pair, kept) {
  const { old, new: next } = pair;
  const words = pair.identical ? "identical" : !old ? "only the new one makes it" : !next ? "only the old one makes it" : [`${bytes(old.bytes)} → ${bytes(next.bytes)} (${change(old.bytes, next.bytes)})`, pair.score !== null && `SSIMULACRA2 ${pair.score.toFixed(1)}`].filter(Boolean).join(", ");
  const shown = old && next && !pair.identical && next.media_type.startsWith("image/") && next.width > 0;
  const details = h("details", {}, h("summary", {}, pair.name, " ", h("span", { class: `state ${pair.identical ? "done" : "queued"}` }, words)));
  if (!shown) return h("p", { class: "same" }, h("strong", {}, pair.name), " ", h("span", { class: `state ${pair.identical ? "done" : "failed"}` }, words), old && next && !pair.identical && ` ${old.width} × ${old.height} → ${next.width} × ${next.height}`);
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    details.append(
      h(
        "div",
        { class: "pair-view" },
        slider({ left: { src: files.made(kept.old), label: "Old" }, right: { src: files.made(kept.new), label: "New" }, width: next.width, height: next.height }),
        kept.difference && h("figure", { class: "sized" }, h("img", { src: files.made(kept.difference), alt: "The difference, amplified eight times", class: "difference" }), h("figcaption", { class: "hint" }, "The difference, amplified eight times")),
      ),
    );
  });
  return details;
}
