// The pipeline document: completion, errors by line, trying a key, saving, restoring.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, serve } from "../support.js";
import { accessible, open, pictured } from "./page.js";

let browser, pipeline;

before(async () => {
  [browser, pipeline] = await Promise.all([launch(), serve()]);
});

after(async () => {
  await browser?.close();
  await pipeline?.stop();
});

const DRAFTS = `{
  "version": 2,
  "routes": [
    { "name": "drafts", "keys": ["drafts/**"], "ignore": true },
    { "name": "default", "steps": [{ "transform": "resize" }] }
  ]
}`;

const inForce = () => pipeline.json("components", "proved/pipeline.json");

test("the document is completed, corrected, explained, and saved", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/pipeline");
  const text = page.getByRole("textbox", { name: "The document, as JSON" });
  await text.waitFor();
  await page.getByText("There is no document yet").waitFor();

  // Completion, by keyboard: a field of a route, and the name of a transform.
  await text.fill('{\n  "version": 2,\n  "routes": [\n    {\n      "name": "default",\n      \n    }\n  ]\n}');
  await text.evaluate((area) => {
    const at = area.value.indexOf("default") + '"default",\n      '.length - 1;
    area.setSelectionRange(at, at);
  });
  await page.keyboard.type('"st');
  const choices = page.getByRole("listbox", { name: "Completions" });
  await choices.getByRole("option", { name: /^steps/ }).waitFor();
  await page.keyboard.press("Enter");
  assert.match(await text.inputValue(), /"steps": \[\]/);
  await page.keyboard.type('{ "tra');
  await choices.getByRole("option", { name: /^transform/ }).waitFor();
  await page.keyboard.press("Enter");
  await choices.getByRole("option", { name: "resize" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.type(" }");
  assert.equal(JSON.parse(await text.inputValue()).routes[0].steps[0].transform, "resize");

  // A mistake is reported at its line.
  await text.fill(DRAFTS.replace('"ignore": true', '"ignore": 3'));
  const findings = page.getByRole("list", { name: "Errors" });
  await findings.getByText("routes[0].ignore").waitFor();
  await findings.getByRole("button", { name: "Line 4" }).click();
  const selected = await text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(selected, "3", "what is wrong is selected");
  await accessible(page, "a mistake in the document");
  await pictured(page, "pipeline-mistake");

  // The route, and the changes.
  await text.fill(DRAFTS);
  await page.getByRole("textbox", { name: "A picture's key" }).fill("drafts/a.jpg");
  const which = page.getByRole("region", { name: "Which route?" });
  await which.getByText("drafts takes it: the key matches `drafts/**`").waitFor();
  await page.getByRole("textbox", { name: "A picture's key" }).fill("a.jpg");
  await which.getByText("default takes it").waitFor();
  await which.getByText("drafts does not: the key matches none of `drafts/**`").waitFor();
  await page.getByRole("region", { name: "Changes" }).getByText("New: the route drafts").waitFor();

  // Reloading the page loses nothing.
  await page.reload();
  await page.getByText("changed, not saved").waitFor();
  assert.equal(await text.inputValue(), DRAFTS);

  await page.getByRole("button", { name: "Check with the gate" }).click();
  await page.getByText("It passes.", { exact: true }).waitFor({ timeout: 120_000 });
  await text.press("Control+s");
  await page.getByText("It is active.").waitFor({ timeout: 120_000 });
  assert.equal((await inForce()).routes[0].name, "drafts");
  await accessible(page, "the document");
  await pictured(page, "pipeline");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an earlier document is restored, and no concurrent change is overwritten", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/pipeline");
  const text = page.getByRole("textbox", { name: "The document, as JSON" });
  await page.getByText("It is active.").waitFor();
  await text.fill(DRAFTS.replaceAll("drafts", "sketches"));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await pipeline.until("the new document", async () => (await inForce()).routes[0].name === "sketches");
  const back = page.getByRole("region", { name: "Earlier documents" });
  const older = back.getByRole("button", { name: /Load into the editor/ }).nth(1);
  await older.waitFor();
  await older.click();
  await page.getByText("changed, not saved").waitFor();
  assert.equal(await text.inputValue(), DRAFTS);

  // Another user saves in the meantime.
  await pipeline.put("components", "pipeline.json", DRAFTS.replaceAll("drafts", "theirs"), { "content-type": "application/json" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("alert").getByText("document-changed").waitFor();
  await pipeline.until("their document", async () => (await inForce()).routes[0].name === "theirs");
  // The browser logs the 409.
  assert.deepEqual(complaints.filter((one) => !one.includes("409")), []);
  await context.close();
});

test("a document that the gate refuses is reported, and the previous one stays active", async () => {
  const { page, context, complaints } = await open(browser, pipeline, "/pipeline");
  const text = page.getByRole("textbox", { name: "The document, as JSON" });
  await page.getByText("It is active.").waitFor();
  await text.fill(DRAFTS.replace('"resize"', '"nobody-has-it"'));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("It was refused, so the previous one is active.").waitFor({ timeout: 120_000 });
  const findings = page.getByRole("list", { name: "Errors" });
  await findings.getByText("nobody-has-it").first().waitFor();
  await findings.getByRole("button", { name: "Line 5" }).waitFor();
  assert.equal((await inForce()).routes[0].name, "theirs");
  assert.deepEqual(complaints, []);
  await context.close();
});
