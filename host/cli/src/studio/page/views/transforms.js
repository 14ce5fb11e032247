// Transforms: publishing, monitoring, promotion, withdrawal, comparison.

import { files, get, post, put, session } from "../api.js";
import { batched, empty, fill, h, id, problem, toast } from "../dom.js";
import { bytes, count, ms, short, time } from "../format.js";
import { on } from "../live.js";
import { remember } from "../address.js";
import { dropPlace } from "../parts/drop.js";
import { follow } from "../parts/job.js";
import { compare } from "./compare.js";

/** The steps of the gate, in their order. */
const STEPS = [
  ["file", "The file is a component"],
  ["world", "Its imports and exports"],
  ["resources", "Its declared resources"],
  ["compile", "Compilation"],
  ["describe", "Its description"],
  ["schema", "Its parameter schema"],
  ["plan", "Its plan"],
  ["golden", "Golden pictures"],
  ["activate", "Activation"],
];

export function transforms(root, query) {
  let ended = false;
  let job;
  let file;
  const upload = h("div");
  const running = h("div");
  const trouble = h("div", { "aria-live": "polite" });
  const list = h("div");
  const comparing = h("section", { class: "comparing", "aria-labelledby": "compare" });
  const place = dropPlace({
    label: "Drop a component here: mine.wasm",
    hint: session.may_change ? "It must pass the gate before it becomes active. If it does not, the active one stays active." : "It is checked by the gate, but not published.",
    many: false,
    accept: ".wasm,application/wasm",
    take: ([one]) => prepare(one.file),
  });
  fill(root, h("div", { class: "head" }, h("h1", {}, "Transforms")), place.element, upload, trouble, running, list, comparing);
  const comparison = compare(comparing, query);

  function prepare(given) {
    file = given;
    fill(trouble);
    const [nameId, channelId] = [id("name"), id("channel")];
    const name = h("input", { id: nameId, type: "text", value: file.name.replace(/\.wasm$/, "").replaceAll("_", "-"), pattern: "[a-z0-9\\-]+", required: true, spellcheck: "false", autocomplete: "off" });
    const channel = h("select", { id: channelId }, h("option", { value: "stable" }, "stable: every picture"), h("option", { value: "canary" }, "canary: a share of the pictures"));
    const send = async (path) => {
      if (!name.reportValidity()) return;
      fill(trouble);
      const bar = h("progress", { max: 1, value: 0, "aria-label": "Upload" });
      fill(running, bar);
      try {
        const { id: begun } = await put(path, { name: name.value, channel: channel.value }, file, (share) => (bar.value = share)).done;
        fill(upload);
        remember({ job: begun });
        watch(begun);
      } catch (error) {
        fill(running);
        fill(trouble, problem(error));
      }
    };
    fill(
      upload,
      h(
        "form",
        {
          class: "panel publish",
          onsubmit: (event) => {
            event.preventDefault();
            send(session.may_change ? "/api/publish" : "/api/check");
          },
        },
        h("p", {}, h("strong", { class: "key" }, file.name), ` ${bytes(file.size)}`),
        h(
          "div",
          { class: "tools" },
          h("div", { class: "field" }, h("label", { for: nameId }, "Transform"), name),
          session.may_change && h("div", { class: "field" }, h("label", { for: channelId }, "Channel"), channel),
        ),
        h(
          "div",
          { class: "tools" },
          session.may_change && h("button", { type: "submit", class: "primary" }, "Publish"),
          h("button", { type: "button", onclick: () => send("/api/check") }, "Only check"),
          h("button", { type: "button", class: "quiet", onclick: () => fill(upload) }, "Cancel"),
        ),
      ),
    );
    name.focus();
  }

  function watch(which) {
    job?.end();
    let at;
    let digest;
    let known;
    job = follow(which, (now) => {
      known = now;
      digest = now.result?.digest ?? now.result?.report?.digest ?? digest;
      if (now.kind === "check" && STEPS.some(([name]) => name === now.doing)) at = now.doing;
      if (now.state !== "running") load();
      return gate(now, at);
    });
    const hear = on("gate", (news) => {
      if (news.digest !== digest || known?.kind !== "publish") return;
      at = news.step;
      job.again();
    });
    const own = job;
    job = { ...own, again: own.again, end: () => (own.end(), hear()) };
    fill(running, own.element);
  }

  async function load() {
    try {
      const all = await get("/api/transforms");
      if (ended) return;
      comparison.offer(all);
      fill(
        list,
        h("h2", {}, "Active"),
        all.transforms.length === 0
          ? empty("No transform is published.", h("p", {}, "Drop a component above: it is proved, compiled and made active."))
          : h("div", { class: "transforms" }, all.transforms.map((one) => transform(one, all.components.filter((other) => other.transform === one.transform)))),
      );
    } catch (error) {
      fill(list, problem(error));
    }
  }

  function transform(one, components) {
    const canary = one.channels.find((other) => other.channel === "canary" && !other.pointer.withdrawn);
    return h(
      "article",
      { class: "panel", "aria-labelledby": `transform-${one.transform}` },
      h("h3", { id: `transform-${one.transform}` }, one.transform),
      h("div", { class: "channels" }, one.channels.map((each) => channel(one, each))),
      canary && trial(one, canary),
      shadows(one),
      h(
        "details",
        {},
        h("summary", {}, count(components.length, "published component")),
        h("ul", { class: "plain earlier" }, [...components].reverse().map((other) => component(one, other))),
      ),
    );
  }

  function channel(one, { channel: name, pointer }) {
    const over = pointer.withdrawn;
    return h(
      "div",
      { class: "channel" },
      h("p", {}, h("span", { class: `state ${over ? "stopped" : name === "canary" ? "canary" : "active"}` }, over ? `${name}, taken back` : name), ` ${pointer.version} `, h("code", { title: pointer.digest }, short(pointer.digest))),
      h("p", { class: "hint" }, over ? `until ${time(over.at)}, by ${over.by}: ${over.reason}` : `since ${time(pointer.activated_at)}, by ${pointer.activated_by}`),
      session.may_change &&
        !over &&
        h(
          "p",
          { class: "tools" },
          name === "canary" && h("button", { type: "button", class: "primary", onclick: () => act("/api/promote", { transform: one.transform }, `${one.transform} ${pointer.version} is stable now.`) }, "Promote"),
          name === "canary" && h("button", { type: "button", onclick: () => act("/api/rollback", { transform: one.transform, channel: "canary" }, "The canary is withdrawn.") }, "Withdraw"),
          name === "stable" && pointer.previous && h("button", { type: "button", onclick: () => act("/api/rollback", { transform: one.transform }, `${one.transform} is rolled back.`) }, `Roll back to ${short(pointer.previous)}`),
        ),
    );
  }

  function component(one, other) {
    const { release } = other;
    return h(
      "li",
      {},
      h("span", {}, release?.version ?? "its record is missing", " ", h("code", { title: other.digest }, short(other.digest)), " ", other.channels.map((name) => h("span", { class: `state ${name === "canary" ? "canary" : "active"}` }, name)), h("small", {}, ` ${bytes(other.bytes)}${release ? `, ${time(release.published_at)}, by ${release.published_by}` : ""}`)),
      session.may_change &&
        !other.channels.includes("stable") &&
        h("button", { type: "button", class: "quiet", onclick: () => act("/api/rollback", { transform: one.transform, to: other.digest }, `${short(other.digest)} is stable now.`) }, "Make stable", h("span", { class: "visually-hidden" }, ` ${short(other.digest)}`)),
    );
  }

  async function act(path, body, done) {
    fill(trouble);
    try {
      await post(path, body);
      toast(done);
      load();
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  const soon = batched(load, 400);
  const stops = [on("transforms", soon), on("document", soon), on("behind", soon)];
  // The functions write the canaries' counts, and there are events when these are read.
  const poll = setInterval(() => document.visibilityState === "visible" && session.live && soon(), 5000);
  if (query.job) watch(Number(query.job));
  load();
  return () => {
    ended = true;
    stops.forEach((stop) => stop());
    clearInterval(poll);
    soon.cancel();
    job?.end();
    place.end();
    comparison.end();
  };
}

/** The gate's steps and findings. */
function gate(job, at) {
  const { result } = job;
  const proof = result?.proof;
  const refusal = result?.refusal;
  const over = job.state !== "running";
  const reached = refusal ? refusal.step : at;
  const index = STEPS.findIndex(([name]) => name === reached);
  const steps = STEPS.filter(([name]) => job.kind === "publish" || name !== "activate");
  return [
    h(
      "ol",
      { class: "gate", "aria-label": "Steps of the gate" },
      steps.map(([name, words], order) => {
        const spent = proof?.steps.find((one) => one.step === name);
        const well = proof || (index >= 0 && order < index);
        const state = refusal && order === index ? "failed" : well ? "done" : !over && order === Math.max(0, index) ? "running" : "waiting";
        const said = { failed: "refused", done: "passed", running: "looking", waiting: over ? "not reached" : "waiting" }[state];
        return h("li", { class: state }, h("span", {}, words), h("span", { class: `state ${state}` }, said), spent && h("small", {}, ms(spent.ms)));
      }),
    ),
    refusal && problem(refusal),
    result?.fault && problem(result.fault),
    proof && report(result, proof),
  ];
}

function report(result, proof) {
  const { description } = proof;
  const rows = [
    ["Component", `${description.name} ${description.version}`],
    ["Summary", description.summary],
    ["Reads", description.accepts.join(", ")],
    ["Digest", h("code", {}, result.digest)],
    ["Size", `${bytes(proof.component_bytes)}, compiled ${bytes(proof.artifact_bytes)}${proof.compiled_before ? ", as before" : ""}`],
    ["Instantiation", `${ms(proof.load_ms)} to load, ${ms(proof.start_ms)} to start`],
    ["Confined by", proof.confinement.join(", ") || "nothing, as this kernel supports none of the measures"],
    result.outcome === "active" && ["Active in", `${result.channel}${result.previous ? `, instead of ${short(result.previous)}` : ""}`],
  ].filter(Boolean);
  const rendered = proof.pictures.filter((one) => one.renditions > 0).length;
  return [
    h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h(
      "details",
      {},
      h("summary", {}, `${count(proof.pictures.length, "golden picture")}: ${rendered} rendered, ${proof.pictures.length - rendered} refused by the component`),
      h("ul", { class: "plain golden" }, proof.pictures.map(golden)),
    ),
  ];
}

function golden(one) {
  return h(
    "li",
    {},
    h("img", { src: files.golden(one.name), alt: "", width: 72, height: 54, loading: "lazy" }),
    h("div", {}, h("strong", { class: "key" }, one.name), h("p", {}, h("span", { class: `state ${one.renditions > 0 ? "done" : ""}` }, one.outcome), one.renditions > 0 && ` ${count(one.renditions, "rendition")}`), h("small", {}, `${one.used_by}: ${ms(one.cpu_ms)}, ${bytes(one.peak_memory_bytes)}`)),
  );
}

const sum = (counts) => Object.values(counts ?? {}).reduce((all, one) => all + one, 0);
const typical = (times) => (times?.count ? Math.exp(times.sum_ln / times.count) : undefined);

/** The results of a canary. */
function trial(one, canary) {
  const shares = Object.entries(one.canary_shares);
  const current = one.trials.filter((each) => each.trial.candidate === canary.pointer.digest && (!each.trial.since || each.trial.since === canary.pointer.activated_at));
  const routes = current.flatMap((each) => Object.entries(each.totals.routes)).filter(([, counts]) => counts.canary.pictures + counts.stable.pictures > 0);
  return h(
    "div",
    { class: "trial" },
    shares.length === 0
      ? h("p", { class: "note" }, "No step gives it a share of the pictures: set ", h("code", {}, "canary"), " in the ", h("a", { href: "/pipeline" }, "pipeline document"), ".")
      : h("p", { class: "hint" }, shares.map(([label, share]) => `${(share.weight * 100).toFixed(0)} % of “${label}”; withdrawn automatically above ${(share.max_error_rate * 100).toFixed(0)} % of failures`).join("; ")),
    shares.length > 0 && routes.length === 0 && h("p", { class: "hint" }, "It has rendered no pictures yet."),
    routes.length > 0 &&
      h(
        "div",
        { class: "scroll" },
        h(
          "table",
          { "aria-label": "Results of the canary" },
          h("thead", {}, h("tr", {}, ["Step", "Its pictures", "Failed", "Excused", "A picture", "Relative to stable"].map((name, index) => h("th", { scope: "col", class: index ? "number" : "" }, name)))),
          h("tbody", {}, routes.map(([route, { canary: own, stable }]) => {
            const [mine, other] = [typical(own.cpu_ms), typical(stable.cpu_ms)];
            return h(
              "tr",
              {},
              h("th", { scope: "row" }, route),
              h("td", { class: "number" }, `${own.pictures} of ${own.pictures + stable.pictures}`),
              h("td", { class: `number ${sum(own.failures) ? "bad" : ""}` }, `${sum(own.failures)}${sum(own.failures) ? ` (${Object.keys(own.failures).join(", ")})` : ""}`),
              h("td", { class: "number" }, sum(own.excused)),
              h("td", { class: "number" }, mine === undefined ? "–" : ms(mine)),
              h("td", { class: "number" }, mine === undefined || other === undefined ? "–" : `${(mine / other).toFixed(2)} times`),
            );
          })),
        ),
      ),
  );
}

/** The results of shadow candidates. */
function shadows(one) {
  const routes = one.trials.flatMap((each) => Object.entries(each.totals.routes).map(([route, counts]) => [route, counts.shadow])).filter(([, shadow]) => shadow.pictures > 0);
  if (routes.length === 0) return undefined;
  return h("ul", {}, routes.map(([route, shadow]) => h("li", {}, `In the shadow of “${route}”: ${count(shadow.pictures, "picture")}, ${shadow.identical} identical, ${sum(shadow.failures)} failed`)));
}
