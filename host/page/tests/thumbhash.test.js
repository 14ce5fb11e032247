import assert from "node:assert/strict";
import { test } from "node:test";

import { rgbaToThumbHash, thumbHashToRGBA } from "thumbhash";

import { raster } from "../src/thumbhash.js";

/** A ThumbHash of noise in this size, by the reference. */
function hash(width, height, seed) {
  let state = seed;
  const next = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const [a, b, c] = [next(), next(), next()];
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, at) =>
    at % 4 == 3 ? 255 : 255 * Math.abs(Math.sin(a * at + b) * c + next() * (1 - c)),
  );
  return rgbaToThumbHash(width, height, rgba);
}

test("pixels match the reference, for pictures of many shapes", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const bytes = hash(1 + ((seed * 37) % 100), 1 + ((seed * 53) % 100), seed);
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    const ours = raster(String.fromCharCode(...bytes), w, h);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const [at, there] = [((h - 1 - y) * w + x) * 3, (y * w + x) * 4];
        const bgr = ours.slice(at, at + 3).map(Math.trunc);
        assert.deepEqual(bgr, [rgba[there + 2], rgba[there + 1], rgba[there]], `seed ${seed}, ${x}, ${y}`);
      }
    }
  }
});

test("one that is not opaque, or truncated, gives nothing", () => {
  const clear = rgbaToThumbHash(2, 2, new Uint8Array(16).fill(100));
  assert.equal(raster(String.fromCharCode(...clear), 4, 4), undefined);
  const bytes = [...hash(30, 20, 7)];
  assert.ok(raster(String.fromCharCode(...bytes), 4, 4));
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(raster(String.fromCharCode(...bytes.slice(0, length)), 4, 4), undefined);
  }
});
