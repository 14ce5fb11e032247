// A thousand pictures while the page is open.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, serve } from "../support.js";
import { open, photo, pictured } from "./page.js";

const PICTURES = 1000;
let browser, pipeline;

before(async () => {
  [browser, pipeline] = await Promise.all([launch({ args: ["--js-flags=--expose-gc", "--enable-precise-memory-info"] }), serve("--environments", "2")]);
});

after(async () => {
  await browser?.close();
  await pipeline?.stop();
});

/** Milliseconds of processor time of the page's longest task, without waiting on a busy machine. */
function busiestTask(events) {
  const threads = events.filter((one) => one.name === "thread_name" && one.args.name === "CrRendererMain");
  const pages = new Set(threads.map((one) => `${one.pid} ${one.tid}`));
  const tasks = events.filter((one) => one.name === "RunTask" && pages.has(`${one.pid} ${one.tid}`));
  assert.ok(tasks.length > 0, "no task was traced");
  return Math.max(...tasks.map((one) => one.tdur ?? 0)) / 1000;
}

test("the page stays usable while a thousand pictures are uploaded", { timeout: 1_200_000 }, async () => {
  const document = { version: 2, routes: [{ name: "default", steps: [{ transform: "resize", parameters: { renditions: [{ name: "small", width: 240 }] } }] }] };
  await pipeline.put("components", "pipeline.json", JSON.stringify(document));
  await pipeline.until("the document", async () => JSON.stringify(await pipeline.json("components", "proved/pipeline.json"))?.includes("small"));

  const { page, context, complaints } = await open(browser, pipeline);
  await page.getByText("There are no pictures yet.").waitFor();
  await page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  });
  const heap = () => page.evaluate(() => (globalThis.gc(), performance.memory.usedJSHeapSize));
  const before = await heap();
  const picture = await readFile(photo("coffee.jpg"));
  const started = Date.now();
  let next = 0;
  const send = async () => {
    for (let number = next++; number < PICTURES; number = next++) {
      await pipeline.put("source", `many/${String(number).padStart(4, "0")}.jpg`, picture);
    }
  };
  const sending = Promise.all([send(), send(), send(), send()]);

  // Meanwhile a user works with the page, which must respond immediately.
  const search = page.getByRole("searchbox", { name: "Find by key" });
  const waits = [];
  const cards = page.getByRole("list", { name: "Pictures" }).getByRole("listitem");
  await cards.first().waitFor();
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
  for (let round = 0; round < 8; round++) {
    const asked = Date.now();
    await search.fill(String(round));
    await page.waitForFunction((text) => [...document.querySelectorAll(".card-name")].every((one) => one.textContent.includes(text)), String(round));
    waits.push(Date.now() - asked);
    await page.mouse.wheel(0, 1500);
    await page.waitForTimeout(1000);
  }
  const busiest = busiestTask(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
  await search.fill("");
  await sending;
  await page.getByText(/^1,000 pictures$/).waitFor({ timeout: 900_000 });
  const seconds = (Date.now() - started) / 1000;
  const after = await heap();
  const tasks = await page.evaluate(() => globalThis.tasks);
  const longest = Math.max(0, ...tasks);
  const there = await page.locator(".card").count();
  console.log(`${PICTURES} pictures in ${seconds.toFixed(0)} s; ${tasks.length} long tasks, the longest ${longest.toFixed(0)} ms, ${busiest.toFixed(0)} ms of a processor while the page was used; heap ${(before / 2 ** 20).toFixed(1)} to ${(after / 2 ** 20).toFixed(1)} MiB; ${there} cards in the page; search answered within ${Math.max(...waits)} ms`);
  assert.ok(busiest < 200, `a task took ${busiest} ms of a processor`);
  assert.ok(after < 64 * 2 ** 20, `${after} bytes`);
  assert.ok(there < 200, `${there} cards are in the page`);
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight / 2));
  await pictured(page, "many");
  assert.deepEqual(complaints, []);
  await context.close();
});
