// The page's URL. It contains all state of a view, so that reloading loses nothing.

let address;
let changed = () => {};

/** The URL without its fragment. */
const here = () => location.pathname + location.search;

/** Show the URL's view, now and whenever it changes. */
export function follow(show) {
  changed = () => {
    address = here();
    show();
  };
  // The link that skips to the content targets a part of the same view.
  window.addEventListener("popstate", () => address !== here() && changed());
  changed();
}

/** Go to another URL of the page. */
export function go(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  changed();
}

/** Store state in the URL, without navigating. */
export function remember(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
  address = here();
}
