// One picture: its result and the reasons.

import { files, get, post, session } from "../api.js";
import { empty, fill, h, problem } from "../dom.js";
import { bytes, change, count, kind, ms, short, STATES, time } from "../format.js";
import { on } from "../live.js";
import { go } from "../address.js";

export function picture(root, { key = "" }) {
  const state = h("p", { class: "lead", role: "status" });
  const body = h("div");
  let ended = false;
  let loading = false;
  let again = false;
  let opened = new Set();
  const facts = h("div");

  fill(
    root,
    h("p", { class: "crumb" }, h("a", { href: "/" }, "Pictures")),
    h(
      "div",
      { class: "head" },
      h("h1", { class: "key" }, key),
      h(
        "div",
        { class: "tools" },
        h("a", { class: "button", href: `/try?${new URLSearchParams({ key })}` }, "Try parameters"),
        session.may_change && h("button", { type: "button", class: "danger", onclick: remove }, "Delete"),
      ),
    ),
    state,
    body,
    facts,
  );

  async function load() {
    // Events during loading cause one more load, without concurrent loads.
    if (loading) return (again = true);
    loading = true;
    try {
      const detail = await get("/api/picture", { key });
      if (!ended) paint(detail);
    } catch (error) {
      if (!ended && error.status === 404) {
        fill(state);
        fill(body, empty("This picture does not exist.", h("p", {}, "It was deleted or never uploaded.")));
      } else if (!ended) fill(body, problem(error));
    }
    loading = false;
    if (again && !ended) {
      again = false;
      load();
    }
  }

  function paint({ picture, manifest, routes, source }) {
    paintState(picture);
    const open = (name, summary, make) => {
      const details = h("details", { open: opened.has(name) }, h("summary", {}, summary));
      const show = () => {
        if (details.open && details.children.length === 1) details.append(make());
      };
      details.addEventListener("toggle", () => {
        opened[details.open ? "add" : "delete"](name);
        show();
      });
      show();
      return details;
    };
    fill(
      body,
      manifest && failure(manifest),
      h("section", { "aria-labelledby": "route" }, h("h2", { id: "route" }, "Route"), routeList(routes, manifest)),
      manifest && steps(manifest),
      manifest && renditions(manifest, render),
      manifest && open("manifest", "Manifest", () => h("pre", { tabindex: 0 }, JSON.stringify(manifest, null, 2))),
      source && open("file", "The file", () => file(source)),
    );
  }

  function file(source) {
    const said = h("div", {}, h("p", { class: "hint" }, "Reading its metadata…"));
    get("/api/picture/facts", { key }).then(
      ({ exif }) =>
        fill(
          said,
          exif.length === 0
            ? h("p", { class: "hint" }, "It has no EXIF.")
            : h("dl", { class: "facts" }, exif.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
        ),
      (error) => fill(said, problem(error)),
    );
    const rows = [
      ["Size", bytes(source.bytes)],
      ["Uploaded", time(source.written)],
      ["ETag", source.etag],
      ...source.metadata.map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ];
    return h(
      "div",
      {},
      h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      h("p", {}, h("a", { href: files.source(key, source.etag), target: "_blank" }, "Open the original")),
      h("h3", {}, "EXIF"),
      said,
    );
  }

  function paintState(one) {
    fill(
      state,
      h("span", { class: `state ${one.state}` }, STATES[one.state]),
      one.media_type && ` ${kind(one.media_type)}, ${bytes(one.bytes)}`,
      one.state === "ready" && `, ${count(one.renditions, "rendition")}, ${time(one.at)}`,
    );
  }

  async function render(button, one) {
    button.disabled = true;
    button.textContent = "Rendering…";
    try {
      await post("/api/picture/render", { key, rendition: one.key });
    } catch (error) {
      fill(facts, problem(error));
    }
    load();
  }

  async function remove() {
    if (!confirm(`Delete ${key} and its renditions?`)) return;
    try {
      await post("/api/picture/delete", { key });
      go("/");
    } catch (error) {
      fill(facts, problem(error));
    }
  }

  const stops = [
    on("picture", (news) => {
      if (news.picture.key !== key) return;
      paintState(news.picture);
      if (["ready", "failed", "ignored", "dead"].includes(news.picture.state)) load();
    }),
    on("gone", (news) => news.key === key && load()),
    on("behind", load),
  ];
  load();
  return () => {
    ended = true;
    stops.forEach((stop) => stop());
  };
}

function failure(manifest) {
  const step = manifest.steps.find((one) => one.required && one.error);
  if (manifest.status !== "failed" || !step) return undefined;
  const { error } = step;
  return problem(error, h("p", { class: "hint" }, `The step “${step.name}” failed. The ${error.mend} can fix it.`));
}

function routeList(routes, manifest) {
  const taken = routes.find((one) => one.taken);
  const other = manifest && manifest.route.name !== taken?.route;
  return [
    h(
      "ol",
      { class: "routes" },
      routes.map((one) =>
        h("li", { class: one.taken ? "taken" : "" }, h("strong", {}, one.route), ` ${one.taken ? "takes it" : "does not take it"}: ${one.why}.`),
      ),
    ),
    !taken && h("p", {}, "No route matches it, so it is ignored."),
    other && h("p", { class: "hint" }, `It was rendered by the route “${manifest.route.name}”, before the document was changed.`),
  ];
}

const DONE = { ready: "done", failed: "failed", skipped: "skipped", kept: "kept from an earlier run" };

function steps(manifest) {
  const rows = manifest.steps.map((step, index) => {
    const made = manifest.renditions.filter((one) => one.step === index);
    const { cost, transform } = step;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, step.name, step.input && h("small", {}, ` of ${step.input.step}/${step.input.rendition}`)),
      h("td", {}, h("span", { class: `state ${step.status}` }, DONE[step.status]), step.error && h("p", { class: "bad" }, `${step.error.code}: ${step.error.message}`)),
      h("td", {}, `${transform.name} ${transform.version}`, h("br"), h("code", { title: transform.digest }, short(transform.digest))),
      h("td", { class: "number" }, ms(cost.guest_cpu_ms)),
      h("td", { class: "number" }, ms(cost.wall_ms)),
      h("td", { class: "number" }, bytes(cost.peak_memory_bytes)),
      h("td", { class: "number" }, made.length),
      h("td", { class: "number" }, bytes(made.reduce((sum, one) => sum + one.bytes, 0))),
    );
  });
  const heads = ["Step", "State", "Component", "Processor", "Time", "Memory", "Renditions", "Bytes"];
  return h(
    "section",
    { "aria-labelledby": "steps" },
    h("h2", { id: "steps" }, "Steps"),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": "steps" },
      h("table", {}, h("thead", {}, h("tr", {}, heads.map((name, index) => h("th", { scope: "col", class: index > 2 ? "number" : "" }, name)))), h("tbody", {}, rows)),
    ),
  );
}

function renditions(manifest, render) {
  const all = [...manifest.renditions].sort((a, b) => a.width - b.width || a.bytes - b.bytes);
  return h(
    "section",
    { "aria-labelledby": "renditions" },
    h("h2", { id: "renditions" }, "Renditions"),
    all.length === 0 && !manifest.requested && h("p", { class: "hint" }, "There are none."),
    h("div", { class: "renditions" }, all.map((one) => rendition(one, manifest.source)), (manifest.requested ?? []).map((one) => planned(one, manifest, render))),
  );
}

/** A rendition that is made on request. */
function planned(one, manifest, render) {
  const { error } = manifest.steps[one.failed] ?? {};
  return h(
    "figure",
    { class: "rendition planned" },
    h(
      "div",
      { class: "waits" },
      error ? problem(error) : h("p", {}, "Made on request."),
      !error && session.delivers && session.may_change && h("button", { type: "button", onclick: (event) => render(event.currentTarget, one) }, "Render", h("span", { class: "visually-hidden" }, ` ${one.name}`)),
    ),
    h("figcaption", {}, h("strong", {}, one.name), h("span", {}, kind(one.media_type))),
  );
}

function rendition(one, source) {
  const address = files.destination(one.key, one.etag);
  const shown = one.media_type.startsWith("image/") && one.width > 0;
  const size = shown ? `${one.width} × ${one.height}` : "";
  return h(
    "figure",
    { class: "rendition", style: { width: `${shown ? Math.max(one.width + 2, 230) : 420}px` } },
    shown
      ? h(
          "div",
          { class: "true-size", tabindex: one.width > 500 ? 0 : undefined, role: one.width > 500 ? "region" : undefined, "aria-label": one.width > 500 ? `${one.name} at true size` : undefined },
          h("img", { src: address, alt: `Rendition ${one.name}`, width: one.width, height: one.height, loading: "lazy", decoding: "async" }),
        )
      : text(address, one),
    h(
      "figcaption",
      {},
      h("strong", {}, one.name),
      h("span", {}, [size, kind(one.media_type), bytes(one.bytes)].filter(Boolean).join(" · ")),
      shown && h("span", { class: one.bytes < source.bytes ? "good" : "warn" }, `${change(source.bytes, one.bytes)} against the source`),
      one.attributes?.length > 0 && h("small", {}, one.attributes.map(([name, value]) => `${name}: ${value}`).join(", ")),
      h("a", { href: address, target: "_blank" }, "Open"),
    ),
  );
}

function text(address, one) {
  const place = h("pre", { class: "text", tabindex: 0 }, "…");
  if (one.bytes > 65_536) return fill(place, "It is too long to show here.") && place;
  fetch(address)
    .then((answer) => answer.text())
    .then((said) => fill(place, said))
    .catch(() => fill(place, "It cannot be read."));
  return place;
}
