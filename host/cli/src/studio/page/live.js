// Events from the server. Views subscribe to a kind of event.

import { events, session } from "./api.js";

const listeners = new Map();
let source;

/** Subscribe to a kind of event. Returns a function that unsubscribes. */
export function on(type, listener) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(listener);
  return () => listeners.get(type).delete(listener);
}

function tell(type, news) {
  for (const listener of listeners.get(type) ?? []) listener(news);
}

/** Connect; `onstate` is told whether the server is reachable. */
export function listen(onstate) {
  source = events();
  let interrupted = false;
  source.addEventListener("open", () => {
    onstate(session.live ? "live" : "here");
    // Events in the meantime were missed.
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
