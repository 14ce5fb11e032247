import assert from "node:assert/strict";
import { test } from "node:test";

import { nextLoader, unpic } from "obscura-page/loaders";

const family = { family: "card", widths: [1280, 320, 640] };
const cdn = unpic(family);
const cat = "https://cdn.example.com/photos/cat.jpg";

test("Next.js gets the narrowest that is wide enough, or the widest", () => {
  const loader = nextLoader({ ...family, base: "https://cdn.example.com" });
  const address = (width) => loader({ src: "photos/a cat?.jpg", width, quality: 75 });
  const before = "https://cdn.example.com/photos/a%20cat%3F.jpg";
  assert.equal(address(16), `${before}/card-320`);
  assert.equal(address(320), `${before}/card-320`);
  assert.equal(address(321), `${before}/card-640`);
  assert.equal(address(3840), `${before}/card-1280`);
  assert.equal(nextLoader(family)({ src: "/cat.jpg", width: 1 }), "/cat.jpg/card-320");
});

test("unpic gets the same, and a format if requested", () => {
  assert.equal(cdn.generate(cat, { width: 500 }), `${cat}/card-640`);
  assert.equal(cdn.generate(new URL(cat), { width: "500", format: "avif" }), `${cat}/card-640.avif`);
  assert.equal(cdn.generate(cat, { width: 500, format: "jpeg" }), `${cat}/card-640.jpg`);
  assert.equal(cdn.generate(cat, { format: "auto" }), `${cat}/card-1280`);
});

test("unpic parses a URL that it generated", () => {
  const found = cdn.extract(`${cat}/card-640.avif`);
  assert.deepEqual(found, { src: cat, operations: { width: 640, format: "avif" } });
  assert.deepEqual(cdn.extract(`${cat}/card-320`).operations, { width: 320 });
  for (const other of [cat, `${cat}/card-641`, `${cat}/wide-640`, `${cat}/card-640?w=3`, ""]) {
    assert.equal(cdn.extract(other), null, other);
  }
});

test("unpic transforms a URL, and a transformed one", () => {
  assert.equal(cdn.transform(cat, { width: 300 }), `${cat}/card-320`);
  assert.equal(cdn.transform(`${cat}/card-320.avif`, { width: 900 }), `${cat}/card-1280.avif`);
});
