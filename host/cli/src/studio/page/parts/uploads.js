// Uploads: a few at a time, independent of the view.

import { put, session } from "../api.js";
import { batched, fill, h } from "../dom.js";
import { bytes, count } from "../format.js";

const AT_A_TIME = 3;

/** The uploads that are still listed. */
const all = new Set();
const waiting = [];
const watchers = new Set();
let running = 0;

const tell = batched(() => watchers.forEach((watcher) => watcher()), 100);

/** Upload files below a prefix. Returns the keys. */
export function upload(files, prefix = "") {
  const keys = [];
  for (const { file, path } of files) {
    const one = { file, key: prefix + path, share: 0, state: "waiting" };
    all.add(one);
    keys.push(one.key);
    if (file.size > session.max_upload_bytes) {
      one.state = "failed";
      const most = bytes(session.max_upload_bytes);
      one.error = { code: "limit-exceeded", message: `It has ${bytes(file.size)}; the limit is ${most}.` };
    } else {
      waiting.push(one);
    }
  }
  next();
  tell();
  return keys;
}

function next() {
  while (running < AT_A_TIME && waiting.length > 0) {
    send(waiting.shift());
  }
}

async function send(one) {
  running += 1;
  one.state = "sending";
  const sending = put("/api/picture", { key: one.key }, one.file, (share) => {
    one.share = share;
    tell();
  });
  one.stop = sending.stop;
  try {
    await sending.done;
    one.state = "sent";
  } catch (error) {
    one.state = error.code === "stopped" ? "stopped" : "failed";
    one.error = error;
  }
  one.file = undefined;
  running -= 1;
  next();
  tell();
}

function stopAll() {
  waiting.splice(0).forEach((one) => (one.state = "stopped"));
  for (const one of all) if (one.state === "sending") one.stop();
  tell();
}

function forget() {
  for (const one of all) if (!["waiting", "sending"].includes(one.state)) all.delete(one);
  tell();
}

/** The list of uploads. Returns a function that ends the updates. */
export function uploads(root) {
  const paint = () => {
    const states = { waiting: 0, sending: 0, sent: 0, failed: 0, stopped: 0 };
    let done = 0;
    for (const one of all) {
      states[one.state] += 1;
      done += ["waiting", "sending"].includes(one.state) ? one.share : 1;
    }
    root.hidden = all.size === 0;
    if (root.hidden) return fill(root);
    const busy = states.waiting + states.sending > 0;
    const failed = [...all].filter((one) => one.state === "failed");
    const words = [`${states.sent.toLocaleString()} of ${count(all.size, "file")} uploaded`];
    if (states.failed) words.push(`${states.failed} refused`);
    if (states.stopped) words.push(`${states.stopped} stopped`);
    fill(
      root,
      h(
        "div",
        { class: "row" },
        h("p", { role: "status" }, words.join(", ")),
        busy
          ? h("button", { type: "button", onclick: stopAll }, "Stop")
          : h("button", { type: "button", onclick: forget }, "Dismiss"),
      ),
      h("progress", { max: all.size, value: done, "aria-label": "Uploads" }),
      failed.length > 0 &&
        h(
          "ul",
          { class: "plain" },
          failed.slice(0, 20).map((one) => h("li", { class: "bad" }, h("strong", {}, one.key), " ", one.error.message)),
        ),
    );
  };
  watchers.add(paint);
  paint();
  return () => watchers.delete(paint);
}

/** The dropped files, including those in folders, with their paths. */
export async function dropped(transfer) {
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.());
  if (entries.some((entry) => entry?.isDirectory)) {
    const found = [];
    for (const entry of entries) if (entry) await walk(entry, "", found);
    return found;
  }
  return [...transfer.files].map((file) => ({ file, path: file.name }));
}

async function walk(entry, folder, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: folder + entry.name });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A folder is read a hundred entries at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await walk(one, `${folder}${entry.name}/`, found);
  }
}

/** The files of an input. */
export const chosen = (input) =>
  [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** The pasted files; a pasted picture has no name. */
export function pasted(transfer) {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-").slice(0, 19);
  return [...transfer.files].map((file, index) => {
    const plain = file.name && !/^image\.\w+$/.test(file.name);
    const ending = file.type.split("/")[1] ?? "bin";
    return { file, path: plain ? file.name : `pasted-${stamp}${index ? `-${index}` : ""}.${ending}` };
  });
}
