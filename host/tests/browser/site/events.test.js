// Events for a site: `obscura serve --on-event URL`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";

import { ROOT, serve } from "../support.js";

let pipeline, receiver;
/** The received events, and how many to refuse first. */
const came = [];
let refusals = 0;

before(async () => {
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const text of request) body += text;
    if (refusals > 0) {
      refusals -= 1;
      response.statusCode = 503;
    } else {
      came.push({ method: request.method, type: request.headers["content-type"], event: JSON.parse(body) });
    }
    response.end();
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  pipeline = await serve("--no-studio", "--on-event", `http://127.0.0.1:${receiver.address().port}/pictures`);
});

after(async () => {
  await pipeline?.stop();
  receiver.close();
});

const told = (key) => came.filter((one) => one.event.key === key).map((one) => one.event.type);

test("a site gets events for ready, failed and deleted pictures, in order, and again if it refused", async () => {
  const photo = await readFile(path.join(ROOT, "examples/photos/coffee.jpg"));
  refusals = 2;
  await pipeline.put("source", "a b.jpg", photo);
  await pipeline.until("that it is ready", () => told("a b.jpg").includes("ready"));
  assert.equal(refusals, 0, "it was refused twice");
  await pipeline.put("source", "bad.jpg", photo.subarray(0, 500));
  await pipeline.until("that it failed", () => told("bad.jpg").includes("failed"));
  const { ok } = await pipeline.s3("DELETE", "source", "a b.jpg");
  assert.ok(ok);
  await pipeline.until("that it is gone", () => told("a b.jpg").includes("gone"));

  assert.deepEqual([...new Set(told("a b.jpg"))], ["ready", "gone"]);
  const { method, type, event } = came.find((one) => one.event.type === "ready");
  assert.deepEqual([method, type], ["POST", "application/json"]);
  const schema = JSON.parse(await readFile(path.join(ROOT, "host/event.schema.json")));
  for (const field of schema.required) assert.ok(field in event, `${field} in ${JSON.stringify(event)}`);
});
