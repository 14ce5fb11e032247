// Pictures: dropping, watching, reading, deleting.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, serve } from "../support.js";
import { accessible, open, photo, pictured } from "./page.js";

let browser, pipeline;

before(async () => {
  [browser, pipeline] = await Promise.all([launch(), serve()]);
});

after(async () => {
  await browser?.close();
  await pipeline?.stop();
});

test("an empty pipeline shows how to start", async () => {
  const { page, context, complaints } = await open(browser, pipeline);
  await page.getByText("There are no pictures yet.").waitFor();
  await accessible(page, "no pictures");
  await pictured(page, "pictures-empty");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a dropped picture is followed to its renditions", async () => {
  const { page, context, complaints } = await open(browser, pipeline);
  await page.getByLabel("Choose files").setInputFiles(photo("coffee.jpg"));
  // One picture: the page goes to it.
  await page.getByRole("heading", { name: "coffee.jpg", level: 1 }).waitFor();
  const manifest = await pipeline.manifest("coffee.jpg");
  await page.getByRole("heading", { name: "Renditions" }).waitFor();

  const route = page.getByRole("region", { name: "Route" });
  assert.match(await route.innerText(), /default takes it: it takes every key, and every media type/);
  const steps = page.getByRole("region", { name: "Steps" }).first();
  assert.match(await steps.innerText(), /resize[^]*done[^]*ms[^]*MiB/);
  for (const one of manifest.renditions) {
    const figure = page.getByRole("figure").filter({ hasText: one.name });
    assert.match(await figure.innerText(), new RegExp(`${one.width} × ${one.height}`));
    const picture = figure.getByRole("img");
    // The view may be filled again meanwhile: nothing waits for this element to rest.
    await picture.evaluate((image) => image.scrollIntoView());
    // True size: a pixel of the rendition is one of the page.
    await picture.evaluate((image) => image.decode());
    const size = await picture.evaluate((image) => [image.naturalWidth, image.clientWidth, image.clientHeight]);
    assert.deepEqual(size, [one.width, one.width, one.height], one.name);
    assert.match(await figure.innerText(), /[−+]\d[\d.]* % against the source/);
  }
  await page.getByText("Manifest", { exact: true }).click();
  assert.ok((await page.locator("pre").first().innerText()).includes(manifest.source.etag));
  await page.evaluate(() => window.scrollTo(0, 0));
  await accessible(page, "a picture");
  await pictured(page, "picture");

  // The URL contains the open view.
  await page.reload();
  await page.getByRole("heading", { name: "coffee.jpg", level: 1 }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("other clients' uploads appear, and deleted pictures disappear", async () => {
  const { page, context, complaints } = await open(browser, pipeline);
  const cards = page.getByRole("list", { name: "Pictures" }).getByRole("listitem");
  await cards.first().waitFor();
  for (const name of ["chelsea.png", "rocket.jpg", "hubble.jpg", "astronaut.jpg"]) {
    await pipeline.put("source", `elsewhere/${name}`, await readFile(photo(name)));
  }
  for (const name of ["chelsea.png", "rocket.jpg", "hubble.jpg", "astronaut.jpg"]) {
    await cards.filter({ hasText: `elsewhere/${name}` }).filter({ hasText: "renditions" }).waitFor();
  }
  await page.waitForFunction(() => [...document.querySelectorAll(".cards img")].every((image) => image.complete && image.naturalWidth > 0));
  await accessible(page, "pictures");
  await pictured(page, "pictures");

  await page.getByRole("searchbox", { name: "Find by key" }).fill("rocket");
  await cards.nth(1).waitFor({ state: "detached" });
  await cards.filter({ hasText: "rocket" }).waitFor();
  assert.equal(await cards.count(), 1);
  await page.reload();
  await cards.first().waitFor();
  assert.equal(await cards.count(), 1, "what is looked for is in the address");

  await cards.first().getByRole("link").click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "Pictures", level: 1 }).waitFor();
  await pipeline.until("the deletion", async () => !(await pipeline.json("destination", "elsewhere/rocket.jpg/manifest.json")));
  assert.equal((await pipeline.s3("HEAD", "source", "elsewhere/rocket.jpg")).status, 404);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a failure shows its code, its reason and its remedy", async () => {
  const { page, context, complaints } = await open(browser, pipeline);
  const torn = (await readFile(photo("coffee.jpg"))).subarray(0, 4000);
  await page.getByLabel("Choose files").setInputFiles({ name: "torn.jpg", mimeType: "image/jpeg", buffer: torn });
  await page.getByRole("heading", { name: "torn.jpg", level: 1 }).waitFor();
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const manifest = await pipeline.manifest("torn.jpg");
  const { error } = manifest.steps[0];
  const words = await alert.innerText();
  for (const said of [error.code, error.message, error.remedy]) assert.ok(words.includes(said), said);
  await accessible(page, "a failure");
  await pictured(page, "failure");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("everything works by keyboard", async () => {
  const { page, context, complaints } = await open(browser, pipeline);
  await page.getByRole("list", { name: "Pictures" }).getByRole("link").first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.closest(".card") !== null)) break;
  }
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Route" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
