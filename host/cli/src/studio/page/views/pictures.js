// All pictures, the newest first, and a drop zone.

import { files, get, session } from "../api.js";
import { batched, empty, fill, h, problem } from "../dom.js";
import { bytes, count, kind, STATES } from "../format.js";
import { on } from "../live.js";
import { go, remember } from "../address.js";
import { dropPlace } from "../parts/drop.js";
import { grid } from "../parts/grid.js";
import { upload, uploads } from "../parts/uploads.js";

const PAGE = 1000;
const MOST = 10_000;

export function pictures(root, query) {
  const known = new Map();
  let { find = "", state = "" } = query;
  let total = 0;
  let ended = false;

  const summary = h("p", { class: "hint", role: "status" });
  const nothing = h("div");
  const trouble = h("div");
  const cards = grid({ height: 214, card, label: "Pictures" });
  const sending = h("section", { class: "panel uploads", "aria-label": "Uploads", hidden: true });
  const place = session.may_change
    ? dropPlace({
        label: "Drop pictures here, or a folder of them; or paste one",
        hint: `They are uploaded to the bucket ${session.source}, as by any S3 client.`,
        folder: true,
        take: (taken) => {
          const keys = upload(taken);
          if (keys.length === 1 && taken[0].file.size <= session.max_upload_bytes) follow(keys[0]);
        },
      })
    : undefined;

  // A single picture: go to its view.
  function follow(key) {
    const stop = on("picture", ({ picture }) => {
      if (picture.key !== key) return;
      stop();
      if (!ended) go(`/picture?${new URLSearchParams({ key })}`);
    });
  }

  const search = h("input", {
    type: "search",
    value: find,
    "aria-label": "Find by key",
    placeholder: "Find by key",
    oninput: () => {
      find = search.value;
      remember({ find });
      paint();
    },
  });
  const states = h(
    "select",
    {
      "aria-label": "State",
      onchange: () => {
        state = states.value;
        remember({ state });
        paint();
      },
    },
    h("option", { value: "" }, "All"),
    Object.entries(STATES).map(([name, words]) => h("option", { value: name, selected: name === state }, words)),
  );
  const again = !session.live && h("button", { type: "button", onclick: load }, "Load again");

  fill(
    root,
    h("div", { class: "head" }, h("h1", {}, "Pictures"), h("div", { class: "tools" }, search, states, again)),
    place?.element,
    sending,
    summary,
    trouble,
    nothing,
    cards.element,
  );

  const paint = batched(() => {
    const text = find.toLowerCase();
    const shown = [...known.values()].filter(
      (one) => (!text || one.key.toLowerCase().includes(text)) && (!state || one.state === state),
    );
    shown.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.key < b.key ? -1 : 1));
    cards.show(shown);
    fill(summary, words(shown));
    const none = total === 0 && known.size === 0;
    fill(
      nothing,
      shown.length === 0 &&
        (none
          ? empty(
              "There are no pictures yet.",
              h("p", {}, session.may_change ? "Drop one above: its renditions appear here as they are made." : "This destination has no renditions."),
            )
          : empty("No picture matches.", h("p", {}, "Change the search."))),
    );
  }, 120);

  function words(shown) {
    const failed = shown.filter((one) => one.state === "failed" || one.state === "dead").length;
    const busy = shown.filter((one) => ["queued", "working", "retrying"].includes(one.state)).length;
    const more = total > known.size ? ` of ${total.toLocaleString()}` : "";
    return [
      count(shown.length, "picture") + more,
      busy > 0 && `${busy.toLocaleString()} under way`,
      failed > 0 && `${failed.toLocaleString()} failed`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  async function load() {
    fill(trouble);
    try {
      for (let skip = 0; skip < MOST && !ended; skip += PAGE) {
        const page = await get("/api/pictures", { skip, take: PAGE });
        if (skip === 0) known.clear();
        page.pictures.forEach((one) => known.set(one.key, one));
        total = page.total;
        paint();
        if (skip + PAGE >= total) break;
      }
    } catch (error) {
      fill(trouble, problem(error));
    }
  }

  const stops = [
    on("picture", ({ picture }) => {
      if (!known.has(picture.key)) total += 1;
      known.set(picture.key, picture);
      paint();
    }),
    on("gone", ({ key }) => {
      if (known.delete(key)) total -= 1;
      paint();
    }),
    on("behind", load),
    uploads(sending),
  ];
  load();
  return () => {
    ended = true;
    stops.forEach((stop) => stop());
    cards.end();
    place?.end();
    paint.cancel();
  };
}

function card(one) {
  const { thumbnail } = one;
  return h(
    "li",
    { class: "card" },
    h(
      "a",
      { href: `/picture?${new URLSearchParams({ key: one.key })}` },
      h(
        "span",
        { class: "thumb" },
        thumbnail
          ? h("img", {
              src: files.destination(thumbnail.key, thumbnail.etag),
              alt: "",
              width: thumbnail.width,
              height: thumbnail.height,
              loading: "lazy",
              decoding: "async",
            })
          : h("span", { class: "blank", "aria-hidden": "true" }),
      ),
      h("span", { class: "card-name" }, one.key),
      h(
        "span",
        { class: "card-facts" },
        one.state === "ready"
          ? `${kind(one.media_type)} · ${bytes(one.bytes)} · ${count(one.renditions, "rendition")}`
          : [h("span", { class: `state ${one.state}` }, STATES[one.state]), one.code && ` ${one.code}`],
      ),
    ),
  );
}
