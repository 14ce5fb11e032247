// Transforms: publishing through the gate, canaries, promotion, rollback, comparison.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, serve } from "../support.js";
import { accessible, open, photo, pictured, wasm } from "./page.js";

let browser, pipeline;

before(async () => {
  [browser, pipeline] = await Promise.all([launch(), serve()]);
});

after(async () => {
  await browser?.close();
  await pipeline?.stop();
});

const pointer = (channel) => pipeline.json("components", `transforms/echo/channels/${channel}.json`);

async function drop(page, file, name, channel) {
  await page.getByLabel("Choose a file").setInputFiles(file);
  await page.getByRole("textbox", { name: "Transform" }).fill(name);
  await page.getByRole("combobox", { name: "Channel" }).selectOption(channel);
}

const ended = (page, words) => page.getByRole("region", { name: "Long operation" }).first().getByText(words, { exact: true }).waitFor({ timeout: 240_000 });

test("a component is dropped, passes the gate step by step, and is active", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/transforms");
  await drop(page, wasm("fixture_echo"), "echo", "stable");
  const seen = new Set();
  await page.exposeFunction("stepSeen", (name) => seen.add(name));
  await page.evaluate(() => {
    new MutationObserver(() => {
      for (const step of document.querySelectorAll(".gate li.running > span:first-child")) globalThis.stepSeen(step.textContent);
    }).observe(document.body, { subtree: true, childList: true });
  });
  await page.getByRole("button", { name: "Publish" }).click();
  await ended(page, "done");
  const steps = page.getByRole("list", { name: "Steps of the gate" }).getByRole("listitem");
  assert.equal(await steps.count(), 9);
  for (const step of (await steps.allInnerTexts()).slice(0, 8)) assert.match(step, /passed[^]*\d ms/);
  assert.ok(seen.size >= 3, `the steps are seen as they run: ${[...seen]}`);
  await page.getByText(/golden pictures: \d+ rendered/).click();
  await page.waitForFunction(() => [...document.querySelectorAll(".golden img")].some((image) => image.naturalWidth > 0));
  await page.getByRole("article", { name: "echo" }).getByText("1.0.0").first().waitFor();
  assert.equal((await pointer("stable")).version, "1.0.0");
  await accessible(page, "a publication");
  await pictured(page, "publish");

  // The URL contains the published component.
  await page.reload();
  await ended(page, "done");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a file that is not a transform is refused, with the step, the reason and the remedy", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/transforms");
  await page.getByLabel("Choose a file").setInputFiles({ name: "mine.wasm", mimeType: "application/wasm", buffer: Buffer.from("\0asm\x01\0\0\0", "latin1") });
  await page.getByRole("button", { name: "Only check" }).click();
  const alert = page.getByRole("alert");
  await alert.getByText("core-module").waitFor({ timeout: 120_000 });
  assert.match(await alert.innerText(), /wasm32-wasip2/);
  await page.getByRole("list", { name: "Steps of the gate" }).getByText("refused").waitFor();
  assert.equal((await pipeline.s3("HEAD", "components", "transforms/mine/channels/stable.json")).status, 404);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a canary gets its share, is promoted, and rolled back", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/transforms");
  await drop(page, wasm("fixture_echo_next"), "echo", "canary");
  await page.getByRole("button", { name: "Publish" }).click();
  await ended(page, "done");
  const echo = page.getByRole("article", { name: "echo" });
  await echo.getByText("No step gives it a share").waitFor();
  const document = { version: 2, routes: [{ name: "echoes", keys: ["echoes/**"], steps: [{ transform: "echo", canary: { weight: 0.5, min_pictures: 1000 } }] }, { name: "default", steps: [{ transform: "resize" }] }] };
  await pipeline.put("components", "pipeline.json", JSON.stringify(document));
  await pipeline.until("the document", async () => (await pipeline.json("components", "proved/pipeline.json"))?.routes[0].name === "echoes");
  for (let number = 0; number < 12; number++) await pipeline.put("source", `echoes/${number}.jpg`, await readFile(photo("coffee.jpg")));
  for (let number = 0; number < 12; number++) await pipeline.manifest(`echoes/${number}.jpg`);
  const counts = echo.getByRole("table", { name: "Results of the canary" });
  await counts.getByText(/[1-9]\d* of \d+/).waitFor({ timeout: 60_000 });
  await accessible(page, "a canary");
  await pictured(page, "canary");

  await echo.getByRole("button", { name: "Promote" }).click();
  await pipeline.until("the promotion", async () => (await pointer("stable")).version === "2.0.0");
  await echo.getByRole("button", { name: /^Roll back to/ }).click();
  await pipeline.until("the rollback", async () => (await pointer("stable")).version === "1.0.0");

  await drop(page, wasm("fixture_echo_faulty"), "echo", "canary");
  await page.getByRole("button", { name: "Publish" }).click();
  await ended(page, "done");
  await echo.getByRole("button", { name: "Withdraw" }).click();
  await pipeline.until("the canary's end", async () => (await pointer("canary")).withdrawn?.reason === "taken back by hand");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("two components are compared with chosen pictures", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/transforms");
  const comparing = page.getByRole("region", { name: "Compare two components" });
  const side = async (name, version) => {
    const box = comparing.getByRole("combobox", { name });
    const value = await box.getByRole("option").filter({ hasText: version }).first().getAttribute("value");
    await box.selectOption(value);
  };
  await comparing.getByRole("combobox", { name: "The old component" }).waitFor();
  await side("The old component", "1.0.0");
  await side("The new component", "2.0.0");
  await comparing.getByRole("button", { name: "Compare", exact: true }).click();
  await comparing.getByText("done", { exact: true }).waitFor({ timeout: 120_000 });
  await comparing.getByText("identical").first().waitFor();
  await accessible(page, "a comparison");

  // One that adds a byte to each rendition: the difference is detected, and shown with a slider.
  const faulty = (await comparing.getByRole("combobox", { name: "The new component" }).getByRole("option").allInnerTexts()).find((one) => !/^(1|2)\.0\.0/.test(one));
  assert.ok(faulty, "the faulty one is there");
  await side("The new component", faulty.slice(0, 20));
  await comparing.getByRole("button", { name: "Compare", exact: true }).click();
  await comparing.getByText(/\d KiB → .*SSIMULACRA2/).first().waitFor({ timeout: 120_000 });
  await comparing.getByText(/\d KiB → .*SSIMULACRA2/).first().click();
  await comparing.getByRole("slider", { name: "Edge between Old and New" }).waitFor();
  await accessible(page, "a comparison with differences");
  await pictured(page, "compare");
  assert.deepEqual(complaints, []);
  await context.close();
});
