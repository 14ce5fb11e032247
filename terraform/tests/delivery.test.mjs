// delivery.js as CloudFront runs it: a script whose `handler` is called with an event, in a strange realm
// with nothing around it. accept.json holds the deliver function to the same choice.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const code = read("../delivery.js");
const accepts = JSON.parse(read("accept.json"));
const paths = JSON.parse(read("paths.json"));

const realm = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
runInContext(code, realm);

/** What the function makes of a request; headers as CloudFront hands them over. */
function handle(uri, headers = {}, querystring = {}) {
  const given = Object.entries(headers).map(([name, value]) => {
    const values = [value].flat().map((one) => ({ value: one }));
    return [name, values.length > 1 ? { value: values[0].value, multiValue: values } : values[0]];
  });
  const request = { method: "GET", uri, querystring, headers: Object.fromEntries(given), cookies: {} };
  const text = JSON.stringify({ version: "1.0", context: { eventType: "viewer-request" }, request });
  return JSON.parse(runInContext(`JSON.stringify(handler(JSON.parse(${JSON.stringify(text)})))`, realm));
}

const CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const NORMALIZED = { "avif,webp": "image/avif,image/webp", webp: "image/webp", "": "*/*" };

const reasons = new Set(
  [...code.matchAll(/refused: '([^']+)'/g)].map(([, why]) => `the path is not answered: ${why}`),
);

test("there are 40 of each", () => {
  assert.ok(accepts.length >= 40 && paths.length >= 40);
});

for (const { accept, formats } of accepts) {
  test(`Accept: ${JSON.stringify(accept).slice(0, 60)} is ${formats.join(" and ") || "neither"}`, () => {
    const { headers } = handle("/cat.jpg/card", { accept });
    assert.deepEqual(headers, { accept: { value: NORMALIZED[formats] } });
  });
}

for (const { path, object } of paths) {
  test(`${JSON.stringify(path).slice(0, 60)} is ${object ? "answered" : "refused"}`, () => {
    const answer = handle(path, { accept: CHROME });
    if (object) {
      assert.equal(answer.uri, object);
      // It stays what it is.
      assert.equal(handle(object).uri, object);
    } else {
      assert.equal(answer.statusCode, 400);
      assert.equal(answer.headers["x-obscura-code"].value, "path-refused");
      assert.equal(answer.headers["cache-control"].value, "no-store");
      assert.equal(JSON.parse(answer.body.data).code, "path-refused");
      // The reason is one of ours: nothing of the path comes back.
      assert.ok(reasons.has(JSON.parse(answer.body.data).message));
    }
  });
}

test("no Accept, several, and none that counts are one entry", () => {
  const plain = { accept: { value: "*/*" } };
  assert.deepEqual(handle("/cat.jpg/card").headers, plain);
  assert.deepEqual(handle("/cat.jpg/card", { accept: "image/*" }).headers, plain);
  assert.deepEqual(handle("/cat.jpg/card", { accept: ["text/html", "image/webp"] }).headers, { accept: { value: "image/webp" } });
});

test("a URL with an extension means one object, whatever the browser would like", () => {
  for (const uri of ["/cat.jpg/card.webp", "/cat.jpg/manifest.json", "/cat.jpg/0/card.jpg"]) {
    const answer = handle(uri, { accept: CHROME, width: "640", dpr: "2" });
    assert.deepEqual(answer.headers, { accept: { value: "*/*" } });
  }
});

test("a query makes no difference", () => {
  const answer = handle("/cat.jpg/card", {}, { v: { value: "1" }, x: { value: "2", multiValue: [] } });
  assert.deepEqual(answer, handle("/cat.jpg/card"));
});

test("hints that are numbers stay, and others go", () => {
  const kept = { width: "640", dpr: "1.5", "sec-ch-width": "320", "sec-ch-dpr": "2" };
  const { headers } = handle("/cat.jpg/card", kept);
  assert.deepEqual(Object.keys(headers).sort(), ["accept", ...Object.keys(kept)].sort());
  for (const odd of ["", "0", "-1", "1e3", "inf", "NaN", "1.2.3", ".", "640, 320", "123456789", "1;2", "\u0661", ["1", "2"]]) {
    assert.deepEqual(Object.keys(handle("/cat.jpg/card", { width: odd }).headers), ["accept"], String(odd));
  }
  // As `obscura serve` does, whose answers would differ otherwise.
  assert.equal(handle("/cat.jpg/card", { dpr: " 2 " }).headers.dpr.value, "2");
});

test("weights beyond what HTTP has count as none", () => {
  for (const q of ["2", "1.001", "Infinity", "0x1", "1e0", "1.1.1", "+1"]) {
    assert.equal(handle("/cat.jpg/card", { accept: `image/webp;q=${q}` }).headers.accept.value, "*/*", q);
  }
});

test("it fits, and asks for nothing that CloudFront's runtime has not", () => {
  assert.ok(Buffer.byteLength(code) < 10_240, "a CloudFront Function has 10 KB at most");
  // cloudfront-js-2.0 is ES 5.1 with a part of what came later: none of these is in it for certain.
  const bare = code.replace(/\/\/.*$/gm, "");
  for (const word of [/=>/, /`/, /\?\./, /\?\?/, /\.\.\.[a-z]/, /\b(class|async|await|import|require|for|const|let|eval)\b/]) {
    const text = bare.replace(/'[^']*'|"[^"]*"/g, "''");
    assert.ok(!word.test(text), `it uses ${word}`);
  }
});

test("the longest request takes no more than a moment", () => {
  const accept = "image/avif;q=0,".repeat(600);
  const started = process.cpuUsage().user;
  for (let round = 0; round < 100; round++) handle(`/${"%C3%BC".repeat(512)}`, { accept });
  const each = (process.cpuUsage().user - started) / 100 / 1000;
  console.log(`delivery.js: ${each.toFixed(2)} ms for a path of 3 KB with an Accept of 9 KB`);
});
