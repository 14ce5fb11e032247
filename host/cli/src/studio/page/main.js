// The page: selects the view by its URL.

import { follow, go } from "./address.js";
import { begin, takeToken } from "./api.js";
import { empty, fill, h, problem } from "./dom.js";
import { listen } from "./live.js";
import { api } from "./views/api.js";
import { operate } from "./views/operate.js";
import { picture } from "./views/picture.js";
import { pictures } from "./views/pictures.js";
import { pipeline } from "./views/pipeline.js";
import { transforms } from "./views/transforms.js";
import { tryOut } from "./views/try.js";

const VIEWS = {
  "/": { title: "Pictures", show: pictures },
  "/picture": { title: "Picture", show: picture, within: "/" },
  "/try": { title: "Try", show: tryOut },
  "/pipeline": { title: "Pipeline", show: pipeline },
  "/transforms": { title: "Transforms", show: transforms },
  "/operate": { title: "Operate", show: operate },
  "/requests": { title: "Requests", show: api },
};

const main = document.getElementById("main");
let leave = () => {};
let shown;

function show() {
  const path = location.pathname;
  const view = VIEWS[path];
  leave();
  leave = () => {};
  document.title = `${view?.title ?? "Nothing here"} · Obscura Studio`;
  for (const link of document.querySelectorAll("nav a")) {
    const current = link.dataset.view === (view?.within ?? path);
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!view) {
    fill(main, empty("This page does not exist.", h("p", {}, h("a", { href: "/" }, "See the pictures"))));
    return;
  }
  const root = h("div", { class: `view view-${path.slice(1) || "pictures"}` });
  fill(main, root);
  const query = Object.fromEntries(new URLSearchParams(location.search));
  leave = view.show(root, query) ?? (() => {});
  // Screen readers announce the view, except the first time, when they announce the page.
  if (shown !== undefined && shown !== path) main.focus({ preventScroll: true });
  if (shown !== path) window.scrollTo(0, 0);
  shown = path;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/']");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.defaultPrevented;
  if (!link || !plain || link.target || link.hasAttribute("download") || link.href.includes("/files/")) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
// A file dropped outside a drop zone must not replace the page.
for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());

const STATUS = {
  live: "live",
  here: "not live: reload to see changes",
  away: "the server is unreachable",
};

function status(state) {
  const place = document.getElementById("status");
  place.dataset.state = state;
  fill(place, h("span", { class: "dot", "aria-hidden": "true" }), STATUS[state]);
}

async function start() {
  takeToken();
  try {
    await begin();
  } catch (error) {
    document.body.classList.add("shut");
    const again = h("button", { type: "button", onclick: () => location.reload() }, "Try again");
    fill(main, h("div", { class: "view" }, h("h1", {}, "Obscura Studio"), problem(error, again)));
    return;
  }
  listen(status);
  follow(show);
}

start();
