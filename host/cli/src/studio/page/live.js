// What happens, as the server tells it. Views listen for a kind of news.

import { events, session } from "./api.js";

const listeners = new Map();
let source;

/** Hear of a kind of news. What is returned ends it. */
export function on(type, listener) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(listener);
  return () => listeners.get(type).delete(listener);
}

function tell(type, news) {
  for (const listener of listeners.get(type) ?? []) listener(news);
}

/** Listen from now on; `onstate` hears whether the server is there. */
export function listen(onstate) {
  source = events();
  let interrupted = false;
  source.addEventListener("open", () => {
    onstate(session.live ? "live" : "here");
    // What happened meanwhile was not heard.
    if (interrupted) tell("behind", {});
    interrupted = false;
  });
  source.addEventListener("error", () => {
    interrupted = true;
    onstate("away");
  });
  source.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    tell(news.type, news);
  });
}
