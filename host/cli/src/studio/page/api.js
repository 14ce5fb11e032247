// Requests to the server. The token from the printed URL is stored for this origin only, and sent in a
// header, so that other pages' requests cannot contain it.

const KEPT = "obscura-studio-token";

/** An error: a code, a message and a remedy. */
export class Problem extends Error {
  constructor({ code, message, remedy }, status) {
    super(message);
    Object.assign(this, { code, remedy, status });
  }
}

/** Remove the token from the URL, where it is no longer needed. */
export function takeToken() {
  const found = /(?:^#|&)token=([0-9a-f]+)/.exec(location.hash);
  if (!found) return;
  localStorage.setItem(KEPT, found[1]);
  history.replaceState(history.state, "", location.pathname + location.search);
}

const token = () => localStorage.getItem(KEPT) ?? "";

/** The permissions; set before any view is shown. */
export let session;

export async function begin() {
  session = await get("/api/session");
  return session;
}

function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

async function request(method, path, { query, body, signal, headers } = {}) {
  let answer;
  try {
    answer = await fetch(address(path, query), {
      method,
      body,
      signal,
      headers: { authorization: `Bearer ${token()}`, ...headers },
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const remedy = "Is `obscura serve` still running? Start it, and reload this page.";
    throw new Problem({ code: "unreachable", message: "The server does not answer.", remedy }, 0);
  }
  const said = await answer.json().catch(() => undefined);
  if (answer.ok) return said;
  throw new Problem(said ?? { code: String(answer.status), message: answer.statusText }, answer.status);
}

export const get = (path, query, signal) => request("GET", path, { query, signal });

export const post = (path, body, signal) =>
  request("POST", path, { body: JSON.stringify(body), signal, headers: { "content-type": "application/json" } });

/** Send a file; `onprogress` receives the sent fraction. `stop` of the returned object cancels it. */
export function put(path, query, file, onprogress) {
  const sending = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    const fail = (trouble) => reject(new Problem(trouble, sending.status));
    sending.open("PUT", address(path, query));
    sending.setRequestHeader("authorization", `Bearer ${token()}`);
    sending.responseType = "json";
    sending.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onprogress?.(event.loaded / event.total);
    });
    sending.addEventListener("load", () => {
      if (sending.status === 200) resolve(sending.response);
      else fail(sending.response ?? { code: String(sending.status), message: "The upload was refused." });
    });
    sending.addEventListener("abort", () => fail({ code: "stopped", message: "Stopped." }));
    sending.addEventListener("error", () =>
      fail({ code: "unreachable", message: "The upload failed.", remedy: "Check the server's terminal, and try again." }),
    );
    sending.send(file);
  });
  return { done, stop: () => sending.abort() };
}

const viewed = (path, query) => address(path, { ...query, k: session.view_key });

/** URLs of pictures for the browser. */
export const files = {
  source: (key, etag) => viewed("/files/source", { key, v: etag }),
  destination: (key, etag) => viewed("/files/destination", { key, v: etag }),
  golden: (name) => viewed(`/files/golden/${encodeURIComponent(name)}`),
  made: (id) => viewed(`/files/made/${id}`),
};

export const events = () => new EventSource(viewed("/api/events"));
