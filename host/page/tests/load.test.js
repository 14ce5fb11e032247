import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "obscura-page/load";

const manifest = {
  renditions: [
    { name: "facts", key: "k/facts.json", media_type: "application/json" },
    { name: "placeholder", key: "a b.jpg/0/placeholder.json", media_type: "application/json" },
  ],
};

/** A `fetch` that responds from a table of URLs. */
function from(table) {
  return async (address) =>
    address in table
      ? Response.json(table[address])
      : new Response("{}", { status: 404 });
}

test("a manifest comes with its placeholder", async () => {
  const fetcher = from({
    "https://cdn.example.com/a%20b.jpg/manifest.json": manifest,
    "https://cdn.example.com/a%20b.jpg/0/placeholder.json": { width: 3, height: 2 },
  });
  const found = await load("https://cdn.example.com/", "a b.jpg", fetcher);
  assert.deepEqual(found, { manifest, placeholder: { width: 3, height: 2 } });
});

test("a placeholder that cannot be read is omitted", async () => {
  const found = await load("", "a b.jpg", from({ "/a%20b.jpg/manifest.json": manifest }));
  assert.deepEqual(found, { manifest, placeholder: undefined });
});

test("a missing picture is an error with its status", async () => {
  await assert.rejects(load("", "a.jpg", from({})), { message: "a.jpg/manifest.json: 404" });
});
