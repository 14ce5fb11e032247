// Trying parameters on a picture without storing anything.

import { files, get, post, put, session } from "../api.js";
import { batched, empty, fill, h, id, problem, toast } from "../dom.js";
import { bytes, change, count, kind, ms, short } from "../format.js";
import { go, remember } from "../address.js";
import { dropPlace } from "../parts/drop.js";
import { schemaForm } from "../parts/form.js";
import { slider } from "../parts/slider.js";

/** One of two sets of parameters. */
const set = (parameters) => ({ parameters, tried: undefined, error: undefined, running: undefined });

export function tryOut(root, query) {
  let { key = "", file, transform = "", digest } = query;
  let fileName = "the dropped one";
  let name = query.name;
  let mode = query.mode ?? "source";
  const sets = { a: set(parse(query.a)) };
  if (query.b !== undefined) sets.b = set(parse(query.b));
  let at = "a";
  let described;
  let form;
  let ended = false;
  let previews = [];

  const chooser = h("div", { class: "chooser" });
  const tabs = h("div", { class: "sets", role: "group", "aria-label": "Parameter sets" });
  const fields = h("div");
  const actions = h("div", { class: "tools" });
  const results = h("div", { class: "results" });
  const said = h("div");
  const place = dropPlace({
    label: "Try another picture",
    hint: "It is not stored.",
    many: false,
    accept: "image/*",
    take: ([one]) => scratch(one.file),
  });
  fill(
    root,
    h("div", { class: "head" }, h("h1", {}, "Try parameters")),
    h(
      "div",
      { class: "bench" },
      h("div", {}, h("section", { class: "panel", "aria-label": "Input" }, chooser), place.element, h("section", { class: "panel", "aria-label": "Parameters" }, tabs, fields)),
      h("div", {}, said, results),
    ),
  );

  async function begin() {
    try {
      const [all, page] = await Promise.all([get("/api/transforms"), get("/api/pictures", { take: 12 })]);
      if (ended) return;
      const transforms = all.transforms.map((one) => one.transform);
      if (transforms.length === 0) {
        const how = h("p", {}, h("a", { href: "/transforms" }, "Publish one"), " to try it.");
        return fill(results, empty("No transform is published.", how));
      }
      if (!transforms.includes(transform)) transform = transforms.includes("resize") ? "resize" : transforms[0];
      if (!key && !file) key = page.pictures.find((one) => one.state === "ready")?.key ?? page.pictures[0]?.key ?? "";
      choose(all, page.pictures);
      await describe();
    } catch (error) {
      fill(results, problem(error));
    }
  }

  function choose(all, pictures) {
    const which = id("transform");
    const versions = id("version");
    const entries = all.components.filter((one) => one.transform === transform);
    const known = pictures.some((one) => one.key === key);
    const shown = known || !key ? pictures : [{ key, thumbnail: undefined }, ...pictures];
    fill(
      chooser,
      h("label", { for: which }, "Transform"),
      h(
        "select",
        {
          id: which,
          onchange: (event) => {
            transform = event.target.value;
            digest = undefined;
            for (const one of Object.values(sets)) Object.assign(one, set(undefined));
            remember({ transform, digest, a: undefined, b: sets.b && "null", name: undefined });
            name = undefined;
            choose(all, pictures);
            describe();
          },
        },
        all.transforms.map((one) => h("option", { value: one.transform, selected: one.transform === transform }, one.transform)),
      ),
      entries.length > 1 && [
        h("label", { for: versions }, "Component"),
        h(
          "select",
          {
            id: versions,
            onchange: (event) => {
              digest = event.target.value || undefined;
              remember({ digest });
              describe();
            },
          },
          h("option", { value: "" }, "the stable one"),
          entries.map((one) =>
            h("option", { value: one.digest, selected: one.digest === digest }, `${one.release?.version ?? "?"} (${short(one.digest)}) ${one.channels.join(", ")}`),
          ),
        ),
      ],
      h("p", { class: "hint", id: "picture-label" }, "Picture: ", h("strong", { class: "key" }, file ? fileName : key || "none")),
      shown.length > 0 && h("div", { class: "picker", role: "radiogroup", "aria-labelledby": "picture-label" }, shown.map((one) => pick(one, all, pictures))),
    );
  }

  function pick(one, all, pictures) {
    const own = id("pick");
    const thumb = one.thumbnail;
    return [
      h("input", {
        type: "radio",
        name: "picture",
        id: own,
        class: "visually-hidden",
        checked: !file && one.key === key,
        onchange: () => {
          key = one.key;
          file = undefined;
          remember({ key, file: undefined });
          chooser.querySelector("#picture-label strong").textContent = key;
          runAll();
        },
      }),
      h("label", { for: own, title: one.key }, h("span", { class: "visually-hidden" }, one.key), thumb ? h("img", { src: files.destination(thumb.key, thumb.etag), alt: "", loading: "lazy" }) : h("span", { class: "blank" })),
    ];
  }

  async function scratch(dropped) {
    if (dropped.size > session.max_upload_bytes) {
      const most = bytes(session.max_upload_bytes);
      return fill(said, problem({ code: "limit-exceeded", message: `It has ${bytes(dropped.size)}; the limit is ${most}.`, remedy: "Choose a smaller picture." }));
    }
    fill(said);
    try {
      const kept = await put("/api/scratch", {}, dropped).done;
      file = kept.file;
      fileName = dropped.name;
      remember({ file, key: undefined });
      const label = chooser.querySelector("#picture-label strong");
      if (label) label.textContent = dropped.name;
      for (const box of chooser.querySelectorAll("input[name=picture]")) box.checked = false;
      runAll();
    } catch (error) {
      fill(said, problem(error));
    }
  }

  async function describe() {
    described = undefined;
    form = undefined;
    fill(fields, h("p", { class: "hint" }, "Reading the component's description…"));
    try {
      const found = await get("/api/transform", { transform, digest });
      if (ended) return;
      described = { ...found, schema: JSON.parse(found.schema || "{}"), defaults: JSON.parse(found.defaults || "null") };
      for (const one of Object.values(sets)) one.parameters ??= described.defaults ?? {};
      paintTabs();
      paintForm();
      runAll();
    } catch (error) {
      fill(fields, problem(error));
    }
  }

  function paintTabs() {
    const tab = (which) =>
      h(
        "button",
        {
          type: "button",
          class: "tab",
          "aria-pressed": String(which === at),
          onclick: () => {
            at = which;
            paintTabs();
            paintForm();
          },
        },
        `Set ${which.toUpperCase()}`,
      );
    fill(
      tabs,
      sets.b ? [tab("a"), tab("b")] : h("strong", {}, "Parameters"),
      sets.b
        ? h("button", { type: "button", class: "quiet", onclick: single }, "Remove set B")
        : h("button", { type: "button", class: "quiet", onclick: second }, "Compare with a second set"),
    );
  }

  function second() {
    sets.b = set(structuredClone(sets.a.parameters));
    at = "b";
    mode = "sets";
    remember({ b: JSON.stringify(sets.b.parameters), mode });
    paintTabs();
    paintForm();
    run("b");
  }

  function single() {
    sets.b.running?.abort();
    delete sets.b;
    at = "a";
    mode = "source";
    remember({ b: undefined, mode: undefined });
    paintTabs();
    paintForm();
    paint();
  }

  function paintForm() {
    const text = h("textarea", { rows: 12, spellcheck: "false", "aria-label": "Parameters as JSON", value: pretty(sets[at].parameters) });
    text.addEventListener("input", () => {
      try {
        const next = JSON.parse(text.value);
        text.setAttribute("aria-invalid", "false");
        form.set(next);
        changed(next);
      } catch {
        text.setAttribute("aria-invalid", "true");
      }
    });
    form = schemaForm(described.schema, sets[at].parameters, (next) => {
      text.value = pretty(next);
      changed(next);
    });
    fill(
      fields,
      h("p", { class: "hint" }, described.summary),
      form.element,
      h("details", { class: "more" }, h("summary", {}, "As JSON"), text),
      actions,
    );
    fill(
      actions,
      session.may_change && h("button", { type: "button", class: "primary", onclick: adopt }, "Put into the pipeline…"),
      h("button", { type: "button", onclick: () => copy(pretty(sets[at].parameters), "The parameters are copied.") }, "Copy as JSON"),
      h("button", { type: "button", onclick: () => copy(command(), "The command is copied.") }, "Copy as a command"),
      h("button", { type: "button", class: "quiet", onclick: reset }, "Defaults"),
    );
  }

  function changed(next) {
    const which = at;
    sets[which].parameters = next;
    remember({ [which]: JSON.stringify(next) });
    soon(which);
  }

  function reset() {
    sets[at].parameters = structuredClone(described.defaults ?? {});
    remember({ [at]: at === "b" ? JSON.stringify(sets.b.parameters) : undefined });
    paintForm();
    run(at);
  }

  function adopt() {
    const asked = { transform, parameters: JSON.stringify(sets[at].parameters) };
    if (key) asked.key = key;
    go(`/pipeline?${new URLSearchParams(asked)}`);
  }

  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      toast(done);
    } catch {
      const area = h("textarea", { rows: 4, readonly: true, "aria-label": "Text to copy", value: text });
      fill(said, h("div", { class: "note" }, h("p", {}, "The browser does not allow copying. Copy it from here:"), area));
      area.select();
    }
  }

  function command() {
    const quoted = (words) => `'${words.replaceAll("'", `'\\''`)}'`;
    const component = transform === "resize" ? "" : ` --component ${transform}.wasm`;
    return `obscura render ${quoted(key || "picture.jpg")} --out renditions${component} --params ${quoted(JSON.stringify(sets[at].parameters))}`;
  }

  const waiting = { a: batched(() => run("a"), 350), b: batched(() => run("b"), 350) };
  const soon = (which) => waiting[which]();

  function runAll() {
    for (const which of Object.keys(sets)) run(which);
  }

  async function run(which) {
    const one = sets[which];
    if (!one || !described) return;
    if (!key && !file) return paint();
    one.running?.abort();
    const running = new AbortController();
    one.running = running;
    one.error = undefined;
    results.classList.add("busy");
    try {
      one.tried = await post("/api/preview", { transform, digest, parameters: one.parameters, key: file ? undefined : key, file }, running.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      one.error = error;
      // Dropped pictures are lost when the server restarts.
      if (error.status === 404 && file) {
        file = undefined;
        remember({ file: undefined });
      }
    }
    if (one.running === running) one.running = undefined;
    if (!ended) paint();
  }

  function paint() {
    if (Object.values(sets).every((one) => !one.running)) results.classList.remove("busy");
    if (!key && !file) {
      return fill(results, empty("There is no picture yet.", h("p", {}, "Drop one at the left, or upload one under ", h("a", { href: "/" }, "Pictures"), ".")));
    }
    const { a, b } = sets;
    const troubles = Object.entries(sets).map(([which, one]) => {
      const trouble = one.error ?? one.tried?.problem;
      return trouble && h("div", {}, b && h("strong", {}, `Set ${which.toUpperCase()}`), problem(trouble, one.tried?.log && h("pre", {}, one.tried.log)));
    });
    const made = (one) => (one?.error ? [] : (one?.tried?.renditions ?? []));
    const names = [...new Set([...made(a), ...made(b)].map((one) => one.name))];
    if (names.length === 0) return fill(results, troubles);
    if (!names.includes(name)) name = names.find((one) => made(a).some((rendition) => rendition.name === one && rendition.width > 300)) ?? names[0];
    const find = (one) => made(one).find((rendition) => rendition.name === name);
    fill(results, troubles, switches(names), stage(find(a), find(b)), table(names));
  }

  function switches(names) {
    const which = id("rendition");
    const ways = [["source", "Source and A"]];
    if (sets.b) ways.push(["source-b", "Source and B"], ["sets", "A and B"]);
    return h(
      "div",
      { class: "tools" },
      h("label", { for: which }, "Rendition"),
      h(
        "select",
        {
          id: which,
          onchange: (event) => {
            name = event.target.value;
            remember({ name });
            paint();
          },
        },
        names.map((one) => h("option", { value: one, selected: one === name }, one)),
      ),
      ways.length > 1 &&
        ways.map(([value, label]) =>
          h(
            "button",
            {
              type: "button",
              class: "tab",
              "aria-pressed": String(value === mode),
              onclick: () => {
                mode = value;
                remember({ mode });
                paint();
              },
            },
            label,
          ),
        ),
    );
  }

  function stage(a, b) {
    const right = mode === "source" ? a : b;
    if (!right || (mode === "sets" && !a)) return h("p", { class: "hint" }, "One of them does not make this rendition.");
    const { tried } = mode === "source" ? sets.a : sets.b;
    if (!right.media_type.startsWith("image/") || right.width === 0) return textOf(right);
    const left = mode === "sets" ? { src: files.made(a.file), label: "A" } : { src: files.made(tried.source), label: "Source" };
    return h(
      "div",
      { class: "panel compare" },
      slider({
        left,
        right: { src: files.made(right.file), label: mode === "source" ? (sets.b ? "A" : "Rendition") : "B" },
        width: right.width,
        height: right.height,
        crop: mode !== "sets",
      }),
    );
  }

  function textOf(one) {
    const text = h("pre", { tabindex: 0 }, "…");
    fetch(files.made(one.file))
      .then((answer) => answer.text())
      .then((said) => fill(text, said.slice(0, 65_536)))
      .catch(() => fill(text, "It has expired."));
    return h("div", { class: "panel" }, text);
  }

  function table(names) {
    previews.forEach((stop) => stop.abort());
    previews = [];
    const rows = names.flatMap((one) =>
      Object.entries(sets).map(([which, own]) => {
        const made = own.error ? undefined : own.tried?.renditions.find((rendition) => rendition.name === one);
        return made && row(one, which, made, own.tried);
      }),
    );
    const heads = ["Rendition", sets.b && "Set", "Pixels", "Format", "Bytes", "Against source", "SSIMULACRA2"].filter(Boolean);
    const costs = Object.entries(sets)
      .filter(([, own]) => own.tried && !own.error)
      .map(([which, { tried }]) => `${sets.b ? `Set ${which.toUpperCase()}: ` : ""}${ms(tried.cpu_ms)} of processor time, ${bytes(tried.peak_memory_bytes)} of memory, ${count(tried.renditions.length, "rendition")}`);
    return [
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Renditions" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((head, index) => h("th", { scope: "col", class: index > (sets.b ? 3 : 2) ? "number" : "" }, head)))), h("tbody", {}, rows))),
      h("p", { class: "hint" }, costs.join(" · ")),
      h("p", { class: "hint" }, "SSIMULACRA2, against the source scaled to the same size: 90 is indistinguishable, 70 is good, 50 is fair. Renditions that are cropped, rotated or larger than the source have no score."),
    ];
  }

  function row(one, which, made, tried) {
    const score = h("td", { class: "number score" }, "…");
    judge(tried.source, made, score);
    const shown = made.width > 0;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, one),
      sets.b && h("td", {}, which.toUpperCase()),
      h("td", {}, shown ? `${made.width} × ${made.height}` : "–"),
      h("td", {}, kind(made.media_type)),
      h("td", { class: "number" }, bytes(made.bytes)),
      h("td", { class: `number ${made.bytes < tried.source_bytes ? "good" : "warn"}` }, change(tried.source_bytes, made.bytes)),
      score,
    );
  }

  async function judge(original, made, cell) {
    if (!made.media_type.startsWith("image/") || made.width === 0) return fill(cell, "–");
    const stop = new AbortController();
    previews.push(stop);
    try {
      const { score, note } = await get("/api/score", { original, file: made.file }, stop.signal);
      cell.title = note;
      fill(cell, score === null ? h("span", { class: "hint" }, "–", h("span", { class: "visually-hidden" }, ` ${note}`)) : score.toFixed(1));
    } catch (error) {
      if (error.name !== "AbortError") fill(cell, "–");
    }
  }

  begin();
  return () => {
    ended = true;
    place.end();
    Object.values(sets).forEach((one) => one.running?.abort());
    Object.values(waiting).forEach((one) => one.cancel());
    previews.forEach((stop) => stop.abort());
  };
}

const pretty = (value) => JSON.stringify(value, null, 2);

function parse(text) {
  try {
    return text === undefined ? undefined : (JSON.parse(text) ?? undefined);
  } catch {
    return undefined;
  }
}
