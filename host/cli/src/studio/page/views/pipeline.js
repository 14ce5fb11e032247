// The pipeline document: editing, checking, saving, and restoring.

import { get, post, session } from "../api.js";
import { batched, fill, h, id, problem, toast } from "../dom.js";
import { bytes, count, ms, time } from "../format.js";
import { on } from "../live.js";
import { remember } from "../address.js";
import { completer } from "../parts/completion.js";
import { editor } from "../parts/editor.js";
import { lineOf, lineOfMessage } from "../parts/json-text.js";

/** The draft is stored for this tab, so that reloading the page loses nothing. */
const DRAFT = "obscura-studio-draft";

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "image/tiff", "image/bmp"];

export function pipeline(root, query) {
  let standing;
  let text = "";
  let etag = null;
  let ended = false;
  let write;
  let looking;
  let checking;
  let { key = "", type = "" } = query;

  const state = h("p", { class: "lead", role: "status" });
  const place = h("div");
  const trouble = h("div", { "aria-live": "polite" });
  const findings = h("div");
  const routes = h("div");
  const changes = h("div");
  const figures = h("div");
  const back = h("div");
  const save = h("button", { type: "button", class: "primary", onclick: keep, disabled: true }, "Save");
  const check = h("button", { type: "button", onclick: judge }, "Check with the gate");
  const discard = h("button", { type: "button", onclick: forget, disabled: true }, "Discard changes");

  const keyId = id("key");
  const typeId = id("type");
  const keyBox = h("input", {
    id: keyId,
    type: "text",
    value: key,
    placeholder: "photos/cat.jpg",
    spellcheck: "false",
    autocomplete: "off",
    oninput: () => {
      key = keyBox.value;
      remember({ key });
      look();
    },
  });
  const typeBox = h(
    "select",
    {
      id: typeId,
      onchange: () => {
        type = typeBox.value;
        remember({ type });
        look();
      },
    },
    h("option", { value: "" }, "any"),
    TYPES.map((one) => h("option", { selected: one === type }, one)),
  );

  fill(
    root,
    h("div", { class: "head" }, h("h1", {}, "Pipeline document"), h("div", { class: "tools" }, discard, check, session.may_change && save)),
    state,
    h(
      "div",
      { class: "desk" },
      h("div", {}, place, h("p", { class: "hint" }, "Ctrl+Space completes, Ctrl+S saves. Escape, then Tab, leaves the text."), trouble, findings, figures),
      h(
        "div",
        {},
        h(
          "section",
          { class: "panel", "aria-labelledby": "which" },
          h("h2", { id: "which" }, "Which route?"),
          h("div", { class: "field" }, h("label", { for: keyId }, "A picture's key"), keyBox),
          h("div", { class: "field" }, h("label", { for: typeId }, "Its format"), typeBox),
          routes,
        ),
        h("section", { class: "panel", "aria-labelledby": "changes" }, h("h2", { id: "changes" }, "Changes"), changes),
        h("section", { class: "panel", "aria-labelledby": "back" }, h("h2", { id: "back" }, "Earlier documents"), back),
      ),
    ),
  );

  async function begin() {
    try {
      const [schema, published] = await Promise.all([get("/api/pipeline.schema.json"), get("/api/transforms"), load(), history()]);
      const transforms = new Map(published.transforms.map(({ transform }) => [transform, { schema: {}, digests: published.components.filter((one) => one.transform === transform).map((one) => one.digest) }]));
      write = editor({ label: "The document, as JSON", value: text, complete: completer(schema, transforms), oninput: changed, onsave: keep });
      fill(place, write.element);
      restore();
      await adopt();
      paintState();
      look();
      // Their parameters are completed once their descriptions are loaded.
      for (const [transform, known] of transforms) {
        get("/api/transform", { transform }).then(({ schema: own }) => (known.schema = JSON.parse(own || "{}")), () => {});
      }
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  async function load() {
    standing = await get("/api/document");
    if (ended) return;
    text = standing.text;
    etag = standing.etag;
  }

  async function history() {
    const { documents } = await get("/api/document/history");
    fill(
      back,
      documents.length === 0
        ? h("p", { class: "hint" }, "None yet. Every saved document is kept here.")
        : h(
            "ul",
            { class: "plain earlier" },
            documents.map((one, index) =>
              h(
                "li",
                {},
                h("span", {}, time(one.at), h("small", {}, ` ${bytes(one.bytes)}${index === 0 ? ", the last one" : ""}`)),
                h("button", { type: "button", class: "quiet", onclick: () => goBack(one) }, "Load into the editor", h("span", { class: "visually-hidden" }, ` the document of ${time(one.at)}`)),
              ),
            ),
          ),
    );
  }

  async function goBack(one) {
    try {
      const earlier = await get("/api/document/earlier", { key: one.key });
      replace(earlier.text);
      toast("It is in the editor. Save it to activate it again.");
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  function replace(next) {
    text = next;
    write.set(text);
    changed(text);
  }

  function changed(next) {
    text = next;
    fill(trouble);
    fill(figures);
    if (text === standing.text) sessionStorage.removeItem(DRAFT);
    else sessionStorage.setItem(DRAFT, JSON.stringify({ text, etag }));
    paintState();
    look();
  }

  function restore() {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
    if (!draft || draft.text === standing.text) return;
    ({ text, etag } = draft);
    write.set(text);
  }

  function forget() {
    sessionStorage.removeItem(DRAFT);
    etag = standing.etag;
    replace(standing.text);
  }

  /** Parameters from the view `try`. */
  async function adopt() {
    if (!query.parameters || !query.transform) return;
    remember({ parameters: undefined, transform: undefined });
    try {
      const parameters = JSON.parse(query.parameters);
      const document = JSON.parse(text);
      const seen = await post("/api/document/look", { text, key: key || "picture.jpg" });
      const taken = seen.routes.find((one) => one.taken)?.route;
      const uses = (route) => route.steps?.find((step) => step.transform === query.transform);
      const route = document.routes.find((one) => one.name === taken && uses(one)) ?? document.routes.find(uses);
      let where;
      if (route) {
        uses(route).parameters = parameters;
        where = `the route “${route.name}”`;
      } else {
        const own = { name: query.transform, steps: [{ transform: query.transform, parameters }] };
        document.routes.unshift(key ? { name: own.name, keys: [key], steps: own.steps } : own);
        where = "a new route";
      }
      replace(`${JSON.stringify(document, null, 2)}\n`);
      toast(`The parameters are in ${where}, and are not saved yet.`);
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  /** Whether it is active: proved, if the publish function reports that. */
  function holds() {
    const proved = standing.report ? standing.report.outcome === "proved" : !session.live;
    return proved && standing.in_force === standing.etag;
  }

  function paintState() {
    const { report } = standing;
    const differs = text !== standing.text;
    save.disabled = !differs;
    discard.disabled = !differs;
    const held = standing.etag === null ? "There is no document yet: this is the default." : holds() ? "It is active." : report?.outcome === "refused" ? "It was refused, so the previous one is active." : "It is being proved.";
    fill(
      state,
      h("span", { class: `state ${differs ? "queued" : report?.outcome === "refused" ? "refused" : "proved"}` }, differs ? "changed, not saved" : report?.outcome === "refused" ? "refused" : "saved"),
      ` ${held}`,
    );
    if (!differs && report) paintReport(report);
  }

  const look = batched(async () => {
    looking?.abort();
    const own = (looking = new AbortController());
    try {
      const glance = await post("/api/document/look", { text, key, media_type: type || undefined }, own.signal);
      if (ended) return;
      if (text !== standing.text || !standing.report) paintFindings(glance.errors, glance.warnings);
      fill(changes, glance.errors.length > 0 ? h("p", { class: "hint" }, "Fix the errors first.") : changeList(glance.changes));
      fill(routes, routeList(glance.routes, glance.errors));
    } catch (error) {
      if (error.name !== "AbortError" && !ended) fill(trouble, problem(error));
    }
  }, 250);

  function routeList(all, errors) {
    if (errors.length > 0) return undefined;
    if (!key) return h("p", { class: "hint" }, "Type a key to see which route it takes, and why.");
    const taken = all.some((one) => one.taken);
    return [
      h("ol", { class: "routes" }, all.map((one) => h("li", { class: one.taken ? "taken" : "" }, h("strong", {}, one.route), ` ${one.taken ? "takes it" : "does not"}: ${one.why}.`))),
      !taken && h("p", {}, "No route matches it: it is ignored."),
    ];
  }

  function changeList(found) {
    const lines = [
      ...found.added.map((name) => h("li", {}, "New: the route ", h("strong", {}, name))),
      ...found.gone.map((name) => h("li", {}, "Removed: the route ", h("strong", {}, name))),
      ...found.changed.map((one) =>
        h("li", {}, "The route ", h("strong", {}, one.route), `: ${one.fields.join(", ")}`, one.renders_anew.length > 0 && h("p", { class: "hint" }, `Rendered again: ${one.renders_anew.join(", ")}`)),
      ),
      found.reordered && h("li", {}, "The order of the routes has changed."),
    ].filter(Boolean);
    return lines.length > 0 ? h("ul", {}, lines) : h("p", { class: "hint" }, "None, relative to the active document.");
  }

  function paintFindings(errors, warnings) {
    const placed = (kind) => (one) => ({ ...one, kind, ...(lineOfMessage(text, one.message) ?? lineOf(text, one.path ?? "")) });
    const all = [...errors.map(placed("bad")), ...warnings.map(placed("warn"))];
    write?.mark(all);
    fill(
      findings,
      all.length > 0 &&
        h(
          "ul",
          { class: "plain findings", "aria-label": "Errors" },
          all.map((one) =>
            h(
              "li",
              { class: one.kind },
              h("button", { type: "button", class: "quiet", onclick: () => write.go(one) }, `Line ${one.line}`),
              h("span", {}, one.path && h("code", {}, one.path), " ", one.message, h("br"), h("small", {}, one.remedy)),
            ),
          ),
        ),
    );
  }

  function paintReport(report) {
    paintFindings(report.errors, report.warnings);
    fill(
      figures,
      report.routes.length > 0 &&
        h(
          "details",
          { open: true },
          h("summary", {}, `Proved in ${ms(report.ms)}, with pictures`),
          h("ul", {}, report.routes.map((one) => h("li", {}, h("strong", {}, one.route), `: ${count(one.pictures.length, "picture")}, ${count(one.renditions, "rendition")}, ${ms(one.cpu_ms)} of processor time, ${bytes(one.peak_memory_bytes)} of memory`))),
        ),
    );
  }

  async function judge() {
    if (checking) return checking.abort();
    checking = new AbortController();
    fill(trouble);
    check.textContent = "Stop checking";
    fill(figures, h("p", { class: "hint", role: "status" }, "The gate checks it: its transforms, and their output for a few pictures…"));
    try {
      const report = await post("/api/document/check", { text }, checking.signal);
      fill(figures);
      paintReport(report);
      fill(trouble, h("p", { class: "note" }, report.outcome === "proved" ? "It passes." : "It would be refused."));
    } catch (error) {
      fill(figures);
      if (error.name !== "AbortError") fill(trouble, problem(error));
    }
    checking = undefined;
    check.textContent = "Check with the gate";
  }

  async function keep() {
    if (save.disabled || !session.may_change) return;
    save.disabled = true;
    fill(trouble);
    try {
      await post("/api/document", { text, etag });
      sessionStorage.removeItem(DRAFT);
      await load();
      toast("Saved. It becomes active once it is proved.");
      paintState();
      look();
      await settle();
    } catch (error) {
      fill(trouble, problem(error));
      save.disabled = false;
    }
  }

  /** Wait until the publish function has checked it. */
  async function settle() {
    for (let tries = 0; tries < 120 && !ended && !standing.report; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await refresh();
    }
  }

  async function refresh() {
    if (ended || text !== standing.text) return;
    const before = text;
    await load();
    if (ended) return;
    if (text !== before) write?.set(text);
    paintState();
    look();
    history();
  }

  const stops = [on("document", () => refresh().catch(() => {})), on("behind", () => refresh().catch(() => {}))];
  begin();
  return () => {
    ended = true;
    stops.forEach((stop) => stop());
    looking?.abort();
    checking?.abort();
    look.cancel();
  };
}
