// The operator's view: failures, waiting events, environments, and verification of stored renditions.

import { get, post, session } from "../api.js";
import { batched, empty, fill, h, id, problem, toast } from "../dom.js";
import { bytes, count, ms, short, time } from "../format.js";
import { on } from "../live.js";
import { remember } from "../address.js";
import { follow } from "../parts/job.js";
import { plot } from "../parts/plot.js";

const WINDOW = 120;

export function operate(root, query) {
  let ended = false;
  let job;
  const trouble = h("div", { "aria-live": "polite" });
  const active = h("div");
  const failures = h("div");
  const dead = h("div");
  const running = h("div");
  const plots = h("div");
  const environments = h("div");
  const checks = h("div");
  fill(
    root,
    h("div", { class: "head" }, h("h1", {}, "Operate")),
    trouble,
    session.live && h("section", { "aria-labelledby": "now" }, h("h2", { id: "now" }, "Now"), plots, environments),
    h("section", { "aria-labelledby": "active" }, h("h2", { id: "active" }, "Active components"), active),
    h("section", { "aria-labelledby": "failures" }, h("h2", { id: "failures" }, "Failures"), failures),
    session.live && h("section", { "aria-labelledby": "dead" }, h("h2", { id: "dead" }, "Dead letters"), dead),
    h("section", { "aria-labelledby": "right" }, h("h2", { id: "right" }, "Verify and repair"), checks, running),
  );

  async function loadActivity() {
    if (!session.live) return;
    try {
      const now = await get("/api/activity");
      if (ended) return;
      paintActivity(now);
    } catch {
      // The status bar shows that the server is unreachable.
    }
  }

  function paintActivity({ environments: all, seconds, now, outstanding }) {
    const [from, to] = [now - WINDOW, now];
    const values = (name) => seconds.map((one) => [one.at, one[name]]);
    fill(
      plots,
      h(
        "div",
        { class: "plots" },
        plot({ label: "Pictures", unit: "per second", from, to, bars: true, series: [{ name: "ended", kind: "one", values: values("ended") }, { name: "failed", kind: "two", values: values("failed") }] }),
        plot({ label: "Duration of an invocation", unit: "ms", from, to, series: [{ name: "median", kind: "one", values: values("median_ms") }, { name: "longest", kind: "two", values: values("longest_ms") }] }),
      ),
      h("p", { class: "hint" }, outstanding === 0 ? "No events are waiting." : `${count(outstanding, "event")} not processed yet.`),
    );
    fill(
      environments,
      all.length === 0
        ? h("p", { class: "hint" }, "No execution environment is running: one starts with the next picture.")
        : table(
            "Execution environments",
            ["Process", "Function", "State", "Start", "Events", "Failed"],
            all.map((one) => [one.pid, one.function, h("span", { class: `state ${one.busy ? "working" : ""}` }, one.busy ? "working" : "idle"), ms(one.init_ms), one.invocations, one.failures]),
            3,
          ),
    );
  }

  async function load() {
    try {
      const [overview, failed] = await Promise.all([get("/api/transforms"), get("/api/failures")]);
      if (ended) return;
      paintActive(overview.transforms);
      paintFailures(failed.codes);
      paintDead(failed.dead_letters);
      if (!checks.contains(document.activeElement)) paintChecks(overview.components);
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  function paintActive(transforms) {
    const rows = transforms.flatMap((one) => one.channels.filter(({ pointer }) => !pointer.withdrawn).map(({ channel, pointer }) => [one.transform, h("span", { class: `state ${channel === "canary" ? "canary" : "active"}` }, channel), pointer.version, h("code", { title: pointer.digest }, short(pointer.digest)), time(pointer.activated_at), pointer.activated_by]));
    fill(active, rows.length === 0 ? empty("Nothing is published.", h("p", {}, h("a", { href: "/transforms" }, "Publish a transform"))) : table("Active components", ["Transform", "Channel", "Version", "Digest", "Since", "By"], rows));
  }

  function paintFailures(codes) {
    fill(
      failures,
      codes.length === 0
        ? h("p", { class: "hint" }, "No picture has failed.")
        : codes.map((one) =>
            h(
              "article",
              { class: "panel" },
              h("div", { class: "row" }, h("p", {}, h("code", { class: "bad" }, one.code), ` ${count(one.count, "picture")}`), session.may_change && h("button", { type: "button", onclick: (event) => again(event.target, one) }, "Try again", h("span", { class: "visually-hidden" }, ` ${one.code}`))),
              h("p", {}, one.meaning),
              h("p", { class: "hint" }, `The ${one.mend} can fix it: ${one.remedy}`),
              h("details", {}, h("summary", {}, "Which"), h("ul", { class: "plain" }, one.keys.map((key) => h("li", {}, h("a", { href: `/picture?${new URLSearchParams({ key })}`, class: "key" }, key))))),
            ),
          ),
    );
  }

  async function again(button, one) {
    button.disabled = true;
    fill(trouble);
    try {
      const { said } = await post("/api/again", { keys: one.keys });
      const words = new Map();
      for (const [, what] of said) words.set(what, (words.get(what) ?? 0) + 1);
      toast([...words].map(([what, number]) => `${number}: ${what}`).join(", "));
    } catch (error) {
      fill(trouble, problem(error));
    }
    button.disabled = false;
    load();
  }

  function paintDead(letters) {
    fill(
      dead,
      letters.length === 0
        ? h("p", { class: "hint" }, "There are none: every event was processed.")
        : [
            h("p", {}, h("button", { type: "button", class: "primary", onclick: redrive }, `Try ${count(letters.length, "event")} again`)),
            table("Dead letters", ["When", "Function", "About", "Why", "Tries"], letters.slice(0, 100).map((one) => [time(one.at), one.function, one.keys.join(", "), one.error, one.attempts]), 4),
          ],
    );
  }

  async function redrive() {
    try {
      const { events } = await post("/api/redrive", {});
      toast(`${count(events, "event")} are tried again.`);
      load();
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  function paintChecks(components) {
    const [keysId, badId] = [id("keys"), id("bad")];
    const keys = h("input", { id: keysId, type: "text", placeholder: "every picture", spellcheck: "false", autocomplete: "off" });
    const old = components.filter((one) => one.channels.length === 0);
    const bad = h("select", { id: badId }, old.map((one) => h("option", { value: one.digest }, `${one.transform} ${one.release?.version ?? "?"} (${short(one.digest)})`)));
    const said = h("p", { class: "hint", role: "status" });
    const begin = (path, body) => async (event) => {
      event.preventDefault();
      fill(trouble);
      try {
        const { id: begun } = await post(path, body());
        remember({ job: begun });
        watch(begun);
      } catch (error) {
        fill(trouble, problem(error));
      }
    };
    const howMany = async () => {
      try {
        const { count: made } = await post("/api/affected", { digest: bad.value });
        fill(said, `${count(made, "picture")} ${made === 1 ? "was" : "were"} made by it.`);
      } catch (error) {
        fill(said, error.message);
      }
    };
    fill(
      checks,
      h(
        "div",
        { class: "duo" },
        h(
          "form",
          { class: "panel", onsubmit: begin("/api/verify", () => ({ keys: keys.value.trim() ? [keys.value.trim()] : [] })) },
          h("h3", {}, "Verify"),
          h("p", { class: "hint" }, "Pictures are rendered again according to their manifests, and compared with the stored renditions byte for byte."),
          h("div", { class: "field" }, h("label", { for: keysId }, "A picture's key"), keys),
          h("p", {}, h("button", { type: "submit" }, "Verify")),
        ),
        h(
          "form",
          { class: "panel", onsubmit: begin("/api/repair", () => ({ digest: bad.value })) },
          h("h3", {}, "Repair"),
          h("p", { class: "hint" }, "The pictures of a bad component are rendered again with the active component. Roll it back first."),
          old.length === 0
            ? h("p", {}, "Every published component is active: there is nothing to repair.")
            : [
                h("div", { class: "field" }, h("label", { for: badId }, "The bad component"), bad),
                h("p", { class: "tools" }, h("button", { type: "button", onclick: howMany }, "How many?"), session.may_change && h("button", { type: "submit" }, "Repair")),
                said,
              ],
        ),
      ),
    );
  }

  function watch(which) {
    job?.end();
    job = follow(which, ({ kind, result }) => result && (kind === "verify" ? verified(result) : kind === "repair" ? repaired(result) : undefined));
    fill(running, job.element);
  }

  const soon = batched(load, 500);
  const stops = ["picture", "gone", "transforms", "document", "behind"].map((type) => on(type, soon));
  const poll = setInterval(() => document.visibilityState === "visible" && loadActivity(), 2000);
  if (query.job) watch(Number(query.job));
  load();
  loadActivity();
  return () => {
    ended = true;
    stops.forEach((stop) => stop());
    clearInterval(poll);
    soon.cancel();
    job?.end();
  };
}

function verified({ hold, renditions, without_manifest, others }) {
  return [
    h("p", {}, h("span", { class: "state holds" }, `${count(hold, "picture")} hold`), ` ${count(renditions, "rendition")}, byte for byte`, without_manifest > 0 && `; ${without_manifest} without a manifest`),
    others.length > 0 &&
      h("ul", {}, others.slice(0, 100).map(({ key, result }) => h("li", {}, h("a", { href: `/picture?${new URLSearchParams({ key })}`, class: "key" }, key), " ", h("span", { class: `state ${result.verdict}` }, result.verdict), ` ${(result.differences ?? [result.reason]).join("; ")}`))),
  ];
}

function repaired({ repaired: done, removed, failed }) {
  return [
    h("p", {}, `${count(done, "picture")} rendered again${removed ? `, ${removed} removed with their pictures` : ""}${failed.length ? `, ${failed.length} failed` : ""}.`),
    failed.length > 0 && h("ul", {}, failed.slice(0, 100).map(({ key, why }) => h("li", {}, h("strong", { class: "key" }, key), ` ${why}`))),
  ];
}

function table(label, heads, rows, numbersFrom = 99) {
  const kind = (index) => (index >= numbersFrom ? "number" : "");
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, heads.map((head, index) => h("th", { scope: "col", class: kind(index) }, head)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, index) => h(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : undefined, class: kind(index) }, cell))))),
    ),
  );
}
