// The page without `obscura serve`: at the end of the demo, and for a deployment.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { launch, OBSCURA, ROOT, serve } from "../support.js";
import { accessible, photo } from "./page.js";

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

/** A command that prints the page's URL and keeps running. */
async function started(...words) {
  const child = spawn(OBSCURA, words, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const found = await new Promise((resolve, reject) => {
    const hear = (text) => {
      said += text;
      const address = /(http:\/\/127\.0\.0\.1:\d+)\/#token=([0-9a-f]+)/.exec(said);
      if (address) resolve({ origin: address[1], token: address[2], whole: address[0] });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${said}`)));
  });
  return { ...found, child, said: () => said };
}

test("the demo ends by printing the URL, and its pictures are shown", async () => {
  const dir = await mkdtemp(path.join(tmpdir(), "obscura-demo-"));
  const demo = await started("demo", "--stay", "--dir", dir, "--port", "0");
  assert.match(demo.said(), /\d+ pictures in [\d.]+ s[^]*http/);
  const page = await browser.newPage();
  await page.goto(demo.whole);
  const cards = page.getByRole("list", { name: "Pictures" }).getByRole("listitem");
  for (const name of ["coffee.jpg", "astronaut.jpg", "large/coffee.jpg"]) await cards.filter({ hasText: name }).first().waitFor();
  await page.close();
  demo.child.kill("SIGINT");
  await rm(dir, { recursive: true, force: true });
});

test("with a deployment, the page reads and previews, and changes nothing without permission", async () => {
  const pipeline = await serve("--no-studio");
  assert.doesNotMatch(pipeline.said(), /#token=/);
  await pipeline.put("source", "coffee.jpg", await readFile(photo("coffee.jpg")));
  await pipeline.manifest("coffee.jpg");
  const studio = await started("studio", "--dir", pipeline.dir, "--studio-port", "0");
  const asked = (method, where, body) => fetch(studio.origin + where, { method, body, headers: { authorization: `Bearer ${studio.token}`, "content-type": "application/json" } });
  for (const [method, where, body] of [
    ["PUT", "/api/picture?key=x", "x"],
    ["POST", "/api/picture/delete", '{"key":"coffee.jpg"}'],
    ["POST", "/api/document", '{"text":"{}","etag":null}'],
    ["PUT", "/api/publish?name=x&channel=stable", "x"],
    ["POST", "/api/promote", '{"transform":"resize"}'],
    ["POST", "/api/rollback", '{"transform":"resize"}'],
    ["POST", "/api/redrive", "{}"],
    ["POST", "/api/repair", `{"digest":"${"0".repeat(64)}"}`],
    ["POST", "/api/again", '{"keys":[]}'],
  ]) {
    const answer = await asked(method, where, body);
    assert.equal(answer.status, 403, where);
    assert.equal((await answer.json()).code, "read-only");
  }
  const page = await browser.newPage();
  await page.goto(studio.whole);
  await page.getByRole("list", { name: "Pictures" }).getByRole("link").first().click();
  await page.getByRole("heading", { name: "coffee.jpg", level: 1 }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Delete" }).count(), 0);
  await page.getByRole("link", { name: "Try parameters" }).click();
  await page.getByRole("region", { name: "Renditions" }).getByRole("row").nth(4).waitFor();
  assert.equal(await page.getByRole("button", { name: "Put into the pipeline…" }).count(), 0);
  await page.getByRole("link", { name: "Pipeline" }).click();
  await page.getByRole("textbox", { name: "The document, as JSON" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Save" }).count(), 0);
  await accessible(page, "a deployment");
  await page.close();
  studio.child.kill("SIGINT");

  const may = await started("studio", "--dir", pipeline.dir, "--studio-port", "0", "--allow-changes");
  const stored = await fetch(`${may.origin}/api/picture?key=more.jpg`, { method: "PUT", body: await readFile(photo("rocket.jpg")), headers: { authorization: `Bearer ${may.token}` } });
  assert.equal(stored.status, 200);
  await pipeline.manifest("more.jpg");
  may.child.kill("SIGINT");
  await pipeline.stop();
});

test("every request is described from its response types", async () => {
  const pipeline = await serve();
  const { origin, token } = /studio +(?<origin>http:\/\/127\.0\.0\.1:\d+)\/#token=(?<token>[0-9a-f]+)/.exec(pipeline.said()).groups;
  const document = await (await fetch(`${origin}/api/openapi.json`, { headers: { authorization: `Bearer ${token}` } })).json();
  assert.equal(document.openapi, "3.0.3");
  const named = new Set(JSON.stringify(document).match(/#\/components\/schemas\/[^"]+/g));
  for (const one of named) assert.ok(document.components.schemas[decodeURIComponent(one.split("/").pop())], one);
  assert.ok(Object.keys(document.paths).length > 25);
  const page = await browser.newPage();
  await page.goto(`${origin}/requests#token=${token}`);
  await page.getByText("GET /api/pictures").click();
  await page.getByText("Only those whose key contains this text.").waitFor();
  await accessible(page, "the requests");
  await page.close();
  await pipeline.stop();
});
