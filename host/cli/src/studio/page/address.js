// The page's address. Whatever a view remembers is in it, so that nothing is lost by loading it again.

let address;
let changed = () => {};

/** The address without its fragment. */
const here = () => location.pathname + location.search;

/** Show what the address says, now and whenever it changes. */
export function follow(show) {
  changed = () => {
    address = here();
    show();
  };
  // The link that skips to the content leads to a part of the same view.
  window.addEventListener("popstate", () => address !== here() && changed());
  changed();
}

/** Go to another address of the page. */
export function go(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  changed();
}

/** Remember something in the address, without going anywhere. */
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
