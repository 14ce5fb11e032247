// The operator's tasks: failures, dead letters, environments, verify, repair.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, serve } from "../support.js";
import { accessible, open, photo, pictured, publish, wasm } from "./page.js";

let browser, pipeline;

const ROUTES = (echo) => JSON.stringify({ version: 2, routes: [{ name: "echoes", keys: ["echoes/**"], steps: [echo] }, { name: "default", steps: [{ transform: "resize" }] }] });

before(async () => {
  [browser, pipeline] = await Promise.all([launch(), serve()]);
  await publish(pipeline, "echo", wasm("fixture_echo"));
  await pipeline.put("components", "pipeline.json", ROUTES({ transform: "echo" }));
  await pipeline.until("the document", async () => (await pipeline.json("components", "proved/pipeline.json"))?.routes[0].name === "echoes");
  await pipeline.put("source", "echoes/coffee.jpg", await readFile(photo("coffee.jpg")));
  await pipeline.put("source", "rocket.jpg", await readFile(photo("rocket.jpg")));
  await pipeline.put("source", "torn.jpg", (await readFile(photo("rocket.jpg"))).subarray(0, 3000));
  for (const key of ["echoes/coffee.jpg", "rocket.jpg", "torn.jpg"]) await pipeline.manifest(key);
});

after(async () => {
  await browser?.close();
  await pipeline?.stop();
});

const ended = (page) => page.getByRole("region", { name: "Long operation" }).getByText("done", { exact: true }).waitFor({ timeout: 120_000 });

test("active components, failures and environments are shown, and pictures are verified", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/operate");
  const active = page.getByRole("region", { name: "Active components" }).first();
  await active.getByRole("row").filter({ hasText: "resize" }).filter({ hasText: "stable" }).waitFor();
  const failures = page.getByRole("region", { name: "Failures" });
  await failures.getByText("1 picture", { exact: false }).waitFor();
  assert.match(await failures.innerText(), /malformed[^]*uploader can fix it/);
  await page.getByRole("region", { name: "Execution environments" }).getByText("transform").first().waitFor();
  await page.getByRole("img", { name: /^Pictures, the last two minutes/ }).waitFor();
  await page.getByText("There are none: every event was processed.").waitFor();

  await page.getByRole("button", { name: "Verify" }).click();
  await ended(page);
  // The truncated one, too: it has no renditions, and none are stored.
  await page.getByText("3 pictures hold").waitFor();
  await accessible(page, "operate");
  await page.evaluate(() => window.scrollTo(0, 0));
  await pictured(page, "operate");

  // A rendition is tampered with.
  const { renditions } = await pipeline.manifest("rocket.jpg");
  await pipeline.put("destination", renditions[0].key, "tampered", { "content-type": "image/jpeg" });
  await page.getByRole("textbox", { name: "A picture's key" }).fill("rocket.jpg");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByRole("region", { name: "Long operation" }).getByText("differs").waitFor({ timeout: 60_000 });

  await failures.getByRole("button", { name: /Try again/ }).click();
  await page.getByText(/^1: /).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the pictures of a bad component are rendered again", async () => {
  const bad = (await pipeline.manifest("echoes/coffee.jpg")).steps[0].transform.digest;
  await publish(pipeline, "echo", wasm("fixture_echo_next"));
  const { page, context, complaints } = await open(browser, pipeline, "/operate");
  await page.getByRole("combobox", { name: "The bad component" }).selectOption(bad);
  await page.getByRole("button", { name: "How many?" }).click();
  await page.getByText("1 picture was made by it.").waitFor();
  await page.getByRole("button", { name: "Repair" }).click();
  await ended(page);
  await page.getByText("1 picture rendered again.").waitFor();
  const manifest = await pipeline.manifest("echoes/coffee.jpg");
  assert.notEqual(manifest.steps[0].transform.digest, bad);
  assert.equal(manifest.steps[0].transform.version, "2.0.0");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("dead letters are shown and retried", async () => {
  // A pointer that cannot be read: every attempt fails until it can.
  const place = "transforms/echo/channels/stable.json";
  const whole = await (await pipeline.s3("GET", "components", place)).text();
  await pipeline.put("components", place, "{ torn");
  await pipeline.put("source", "echoes/dead.jpg", await readFile(photo("coffee.jpg")));
  const { page, context, complaints } = await open(browser, pipeline, "/operate");
  const dead = page.getByRole("region", { name: "Dead letters" }).first();
  await dead.getByText("echoes/dead.jpg").waitFor({ timeout: 400_000 });
  assert.match(await dead.innerText(), /transform[^]*3/);
  await accessible(page, "dead letters");
  await pipeline.put("components", place, whole);
  await dead.getByRole("button", { name: "Try 1 event again" }).click();
  await pipeline.manifest("echoes/dead.jpg");
  await page.getByText("There are none: every event was processed.").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
