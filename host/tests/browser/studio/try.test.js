// Trying parameters without storing anything.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, serve } from "../support.js";
import { accessible, open, photo, pictured } from "./page.js";

let browser, pipeline;

before(async () => {
  [browser, pipeline] = await Promise.all([launch(), serve()]);
  await pipeline.put("source", "coffee.jpg", await readFile(photo("coffee.jpg")));
  await pipeline.manifest("coffee.jpg");
});

after(async () => {
  await browser?.close();
  await pipeline?.stop();
});

const listed = async (bucket) => (await (await pipeline.s3("GET", bucket, "")).text()).match(/<Key>[^<]*/g) ?? [];

test("parameters are tried on a picture, compared, and put into the document", async () => {
  const before = await listed("destination");
  const { page, context, complaints } = await open(browser, pipeline, "/try?key=coffee.jpg");
  const renditions = page.getByRole("region", { name: "Renditions" });
  await renditions.getByRole("row").nth(4).waitFor();
  const score = renditions.getByRole("row").filter({ hasText: "medium" }).getByRole("cell").last();
  await page.waitForFunction((cell) => /^\d/.test(cell.textContent), await score.elementHandle());

  // The form follows the schema: a name, a choice, a number with its limits.
  const parameters = page.getByRole("region", { name: "Parameters" });
  const medium = parameters.getByRole("group", { name: "medium" });
  const width = medium.getByRole("spinbutton", { name: "width", exact: true });
  assert.deepEqual([await width.getAttribute("min"), await width.getAttribute("max"), await width.inputValue()], ["1", "65535", "1024"]);
  await width.fill("500");
  await renditions.getByRole("cell", { name: "500 × 333" }).waitFor();
  await page.getByRole("slider", { name: "Edge between Source and Rendition" }).waitFor();

  await parameters.getByRole("button", { name: "Compare with a second set" }).click();
  await parameters.getByRole("group", { name: "medium" }).getByText("more settings").click();
  await parameters.getByRole("group", { name: "medium" }).getByRole("combobox", { name: "quality" }).selectOption({ index: 1 });
  await parameters.getByRole("group", { name: "medium" }).getByRole("spinbutton", { name: "quality value" }).fill("20");
  await page.getByRole("slider", { name: "Edge between A and B" }).waitFor();
  await page.getByRole("combobox", { name: "Rendition" }).selectOption("medium");
  const rows = renditions.getByRole("row").filter({ hasText: "medium" });
  await page.waitForFunction(() => {
    const rows = [...document.querySelectorAll(".results tbody tr")].filter((row) => row.textContent.includes("medium"));
    const scores = rows.map((row) => Number.parseFloat(row.lastElementChild.textContent));
    return scores.length === 2 && scores[0] > scores[1] + 5;
  });
  assert.equal(await rows.count(), 2);
  await page.evaluate(() => window.scrollTo(0, 0));
  await accessible(page, "try");
  await pictured(page, "try");

  // The URL contains everything.
  await page.reload();
  await page.getByRole("slider", { name: "Edge between A and B" }).waitFor();
  assert.deepEqual(await listed("destination"), before, "nothing is stored");

  await page.getByRole("button", { name: "Remove set B" }).click();
  await page.getByRole("button", { name: "Put into the pipeline…" }).click();
  await page.getByRole("heading", { name: "Pipeline document" }).waitFor();
  await page.getByText("changed, not saved").waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("It is active.").waitFor();
  const document = await pipeline.json("components", "proved/pipeline.json");
  assert.equal(document.routes[0].steps[0].parameters.renditions.find((one) => one.name === "medium").width, 500);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a dropped picture is tried and not stored; parameters are copied", async () => {
  const { page, context, complaints, origin } = await open(browser, pipeline, "/try");
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  await page.getByLabel("Choose a file").setInputFiles(photo("chelsea.png"));
  await page.getByText("chelsea.png").waitFor();
  await page.getByRole("region", { name: "Renditions" }).getByRole("row").nth(1).waitFor();
  await page.getByRole("button", { name: "Copy as a command" }).click();
  await page.getByText("The command is copied.").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^obscura render .* --params '\{"renditions"/);
  await page.getByRole("button", { name: "Copy as JSON" }).click();
  await page.getByText("The parameters are copied.").waitFor();
  assert.ok(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())).renditions.length > 0);
  assert.ok(!(await listed("source")).some((key) => key.includes("chelsea")));
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a transform's refusal is shown in its own words", async () => {
  const wrong = encodeURIComponent(JSON.stringify({ renditions: [{ name: "BAD NAME", width: 10 }] }));
  const { page, context, complaints } = await open(browser, pipeline, `/try?key=coffee.jpg&a=${wrong}`);
  const alert = page.getByRole("alert");
  await alert.getByText("invalid-parameters").waitFor();
  assert.match(await alert.innerText(), /renditions/);
  assert.deepEqual(complaints, []);
  await context.close();
});
