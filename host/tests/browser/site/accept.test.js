// The `Accept` header of a real browser, which determines the format.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { launch } from "../support.js";

let browser, server, asked;

before(async () => {
  asked = new Map();
  server = createServer((request, response) => {
    asked.set(request.url, request.headers.accept);
    response.setHeader("content-type", "text/html");
    response.end(request.url === "/" ? '<img src="/picture" alt="">' : "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server.close();
});

test("Chromium's Accept header for pictures names AVIF and WebP", async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.close();
  const types = asked.get("/picture").split(",").map((type) => type.split(";")[0].trim());
  assert.ok(types.includes("image/avif") && types.includes("image/webp"), types.join(" "));
});
