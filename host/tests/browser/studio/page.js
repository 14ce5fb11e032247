// Shared code of the page's tests: a page opened with its token, and checks for every view.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

import { ROOT, screenshot } from "../support.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The example photographs. */
export const photo = (name) => path.join(ROOT, "examples/photos", name);
/** A built component. */
export const wasm = (name) => path.join(ROOT, "target/wasm32-wasip2/guest", `${name}.wasm`);

/** The URL with its token, as `obscura serve` prints it. */
export function address(pipeline) {
  const found = /studio +(http:\/\/127\.0\.0\.1:\d+)\/#token=([0-9a-f]+)/.exec(pipeline.said());
  assert.ok(found, "the address is printed");
  return { origin: found[1], token: found[2], whole: `${found[1]}/#token=${found[2]}` };
}

/** With STUDIO_PAGE, the page's files are read from disk, so that they can be tested without a build. */
async function fromDisk(context, origin) {
  if (!process.env.STUDIO_PAGE) return;
  await context.route(`${origin}/page/**`, async (route) => {
    const response = await route.fetch();
    const file = path.join(process.env.STUDIO_PAGE, new URL(route.request().url()).pathname.slice("/page/".length));
    await route.fulfill({ response, body: await readFile(file) });
  });
}

/** A page of the studio. Its errors are collected in `complaints`. */
export async function open(browser, pipeline, view = "/", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  // A busy machine takes longer.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(`${error.stack}`));
  page.on("dialog", (dialog) => dialog.accept());
  const { origin, token } = address(pipeline);
  await fromDisk(context, origin);
  await page.goto(`${origin}${view}#token=${token}`);
  return { page, context, complaints, origin, token };
}

/** A request to the API. */
export async function api(pipeline, method, where, body) {
  const { origin, token } = address(pipeline);
  const answer = await fetch(origin + where, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === undefined ? undefined : Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  return { status: answer.status, said: await answer.json() };
}

/** Publish a component, and wait for the end. */
export async function publish(pipeline, name, file, channel = "stable") {
  const body = typeof file === "string" ? await readFile(file) : file;
  const { status, said } = await api(pipeline, "PUT", `/api/publish?name=${name}&channel=${channel}`, body);
  assert.equal(status, 200, JSON.stringify(said));
  const job = await pipeline.until(`the report on ${name}`, async () => {
    const { said: one } = await api(pipeline, "GET", `/api/job?id=${said.id}`);
    return one.state === "running" ? undefined : one;
  });
  assert.equal(job.result?.outcome, "active", JSON.stringify(job.problem ?? job.result?.refusal));
  return job.result;
}

/** axe-core finds nothing serious, in light and in dark mode. */
export async function accessible(page, what) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // The only way to add a foreign script under the page's policy.
    await page.evaluate(await readFile(AXE, "utf8"));
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const serious = violations.filter((one) => ["serious", "critical"].includes(one.impact));
    const words = serious.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join("\n")}`);
    assert.deepEqual(words, [], `${what}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Screenshots in light, dark and narrow, for inspection. */
export async function pictured(page, name) {
  const size = page.viewportSize();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await screenshot(page, `studio-${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 844 });
  // A grid computes its columns again.
  await page.waitForTimeout(300);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const widest = await page.evaluate(() => {
    const right = (one) => one.getBoundingClientRect().right;
    const all = [...document.body.querySelectorAll("*")].filter((one) => right(one) > document.documentElement.clientWidth && !one.closest(".scroll"));
    return all.sort((a, b) => right(b) - right(a)).slice(0, 3).map((one) => one.outerHTML.slice(0, 120));
  });
  await screenshot(page, `studio-${name}-narrow`);
  await page.setViewportSize(size);
  assert.ok(wider <= 0, `${name} is ${wider} pixels wider than a narrow screen: ${widest.join("\n")}`);
}
