// Attacks: foreign pages, missing tokens, markup in names, EXIF and descriptions, endless files, components
// that loop.

import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, serve } from "../support.js";
import { accessible, address, api, open, photo, publish, wasm } from "./page.js";

let browser, pipeline;

before(async () => {
  [browser, pipeline] = await Promise.all([launch(), serve()]);
});

after(async () => {
  await browser?.close();
  await pipeline?.stop();
});

/** A request with any header, which a program can send but a page cannot. */
function raw(method, where, headers) {
  const { origin, token } = address(pipeline);
  return new Promise((resolve, reject) => {
    const all = { authorization: `Bearer ${token}`, ...headers };
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    const asked = request(origin + where, { method, headers: all }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer));
    });
    asked.on("error", reject);
    asked.end();
  });
}

const alive = async () => assert.equal((await raw("GET", "/api/session", {})).statusCode, 200);

test("foreign hosts, foreign pages and whoever has no token are refused", async () => {
  await alive();
  for (const host of ["evil.example", "evil.example:9557", "127.0.0.1.evil.example", "0.0.0.0:9557"]) {
    for (const where of ["/", "/api/session", "/page/main.js", "/api/events"]) {
      assert.equal((await raw("GET", where, { host })).statusCode, 403, `${host} ${where}`);
    }
  }
  for (const foreign of [{ origin: "https://evil.example" }, { origin: "null" }, { origin: "http://127.0.0.1:1" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }]) {
    for (const [method, where] of [["GET", "/api/session"], ["POST", "/api/redrive"], ["PUT", "/api/picture?key=x"], ["OPTIONS", "/api/picture?key=x"], ["GET", "/"]]) {
      const answer = await raw(method, where, foreign);
      assert.equal(answer.statusCode, 403, `${JSON.stringify(foreign)} ${method} ${where}`);
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
    }
  }
  for (const authorization of [undefined, "Bearer ", "Bearer 00000000000000000000000000000000", "Basic YTpi"]) {
    for (const [method, where] of [["GET", "/api/session"], ["GET", "/api/pictures"], ["PUT", "/api/picture?key=x"], ["POST", "/api/document"], ["GET", "/api/events"], ["GET", "/files/source?key=x"], ["GET", "/api/openapi.json"]]) {
      assert.equal((await raw(method, where, { authorization })).statusCode, 401, `${authorization} ${method} ${where}`);
    }
  }
  // The key for pictures gives access to nothing else.
  const { said } = await api(pipeline, "GET", "/api/session");
  const k = `k=${said.view_key}`;
  assert.equal((await raw("GET", `/files/source?key=none&${k}`, { authorization: undefined })).statusCode, 404);
  for (const [method, where] of [["GET", `/api/session?${k}`], ["PUT", `/api/picture?key=x&${k}`], ["POST", `/files/source?key=x&${k}`], ["POST", `/api/redrive?${k}`]]) {
    assert.equal((await raw(method, where, { authorization: undefined })).statusCode, 401, `${method} ${where}`);
  }
  assert.equal((await pipeline.s3("HEAD", "source", "x")).status, 404, "nothing was written");
  const policy = (await raw("GET", "/", {})).headers["content-security-policy"];
  assert.ok(!policy.includes("unsafe-inline") && !policy.includes("unsafe-eval") && policy.includes("default-src 'none'"), policy);
});

test("a hostile page in the same browser can neither read nor write", async () => {
  const { origin } = address(pipeline);
  const evil = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<p>evil</p>"));
  await new Promise((resolve) => evil.listen(0, "127.0.0.1", resolve));
  const { page: own, context } = await open(browser, pipeline);
  await own.getByText("live", { exact: true }).waitFor();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${evil.address().port}/`);
  const tried = await page.evaluate(async (origin) => {
    const outcomes = [];
    for (const [method, where, body, headers] of [
      ["GET", "/api/pictures"],
      ["POST", "/api/redrive", "{}", { "content-type": "text/plain" }],
      ["PUT", "/api/picture?key=evil", "x"],
    ]) {
      for (const mode of ["cors", "no-cors"]) {
        if (mode === "no-cors" && method === "PUT") continue;
        outcomes.push(await fetch(origin + where, { method, body, headers, mode, credentials: "include" }).then((answer) => answer.type === "opaque" ? "opaque" : `read ${answer.status}`, () => "refused"));
      }
    }
    const form = Object.assign(document.createElement("form"), { method: "post", action: `${origin}/api/redrive`, target: "frame" });
    const frame = Object.assign(document.createElement("iframe"), { name: "frame", src: `${origin}/` });
    document.body.append(form, frame);
    form.submit();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return outcomes;
  }, origin);
  assert.ok(tried.every((one) => one === "refused" || one === "opaque"), tried.join());
  assert.equal((await pipeline.s3("HEAD", "source", "evil")).status, 404);
  assert.equal(page.frame({ name: "frame" }).url().startsWith("chrome-error://"), true, "it is not framed");
  evil.close();
  await context.close();
});

/** A JPEG with EXIF whose field `ImageDescription` is this text. */
function withDescription(jpeg, text) {
  const words = Buffer.from(`${text}\0`, "latin1");
  const tiff = Buffer.alloc(26 + words.length);
  tiff.write("II*\0", 0, "latin1");
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(1, 8);
  tiff.writeUInt16LE(0x010e, 10);
  tiff.writeUInt16LE(2, 12);
  tiff.writeUInt32LE(words.length, 14);
  tiff.writeUInt32LE(26, 18);
  words.copy(tiff, 26);
  const exif = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(exif.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}

const MARKUP = '<img src=x onerror="globalThis.harmed=1">';

test("markup in names, EXIF and descriptions stays text", async () => {
  const key = `"><img src=x onerror=globalThis.harmed=1>.jpg`;
  const jpeg = withDescription(await readFile(photo("coffee.jpg")), MARKUP);
  await pipeline.put("source", key, jpeg, { "x-amz-meta-note": MARKUP });
  await pipeline.manifest(key);
  const { page, context, complaints } = await open(browser, pipeline);
  await page.getByRole("listitem").filter({ hasText: "onerror" }).getByRole("link").click();
  await page.getByRole("heading", { name: key, level: 1 }).waitFor();
  await page.getByText("The file", { exact: true }).click();
  await page.getByText("Manifest", { exact: true }).click();
  await page.locator("dd").filter({ hasText: "globalThis.harmed" }).nth(1).waitFor();
  const fields = await page.locator("dd").allInnerTexts();
  assert.equal(fields.filter((one) => one.includes("<img src=x onerror=")).length, 2, "as it is, in EXIF and in the metadata");
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  await accessible(page, "markup in a name");

  // A component whose description is markup. The text in the file is as long as before.
  const hostile = await readFile(wasm("fixture_hostile"));
  const summary = "Misbehaves in the way that its parameters name.";
  const spoiled = Buffer.from(hostile.toString("latin1").replaceAll(summary, MARKUP.padEnd(summary.length)), "latin1");
  await publish(pipeline, "hostile", spoiled);
  await page.goto(`${address(pipeline).origin}/transforms`);
  await page.getByRole("article", { name: "hostile" }).waitFor();
  await page.goto(`${address(pipeline).origin}/try?transform=hostile&key=${encodeURIComponent(key)}`);
  await page.getByText("<img src=x onerror=").first().waitFor();
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined, "nothing was run");
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a component that loops, and one that uses all memory, are stopped in a preview", async () => {
  const spin = { behave: "spin", amount: Number.MAX_SAFE_INTEGER };
  const { page, context, complaints } = await open(browser, pipeline, `/try?transform=hostile&a=${encodeURIComponent(JSON.stringify(spin))}`);
  await page.getByLabel("Choose a file").setInputFiles(photo("coffee.jpg"));
  const alert = page.getByRole("alert");
  await alert.getByText("time-exceeded").first().waitFor({ timeout: 120_000 });
  await alive();
  await page.getByText("As JSON", { exact: true }).click();
  await page.getByRole("textbox", { name: "Parameters as JSON" }).fill('{"behave": "allocate"}');
  await alert.getByText("memory-exceeded").waitFor({ timeout: 120_000 });
  await page.getByRole("textbox", { name: "Parameters as JSON" }).fill('{"behave": "trap"}');
  await alert.getByText("transform-trapped").waitFor({ timeout: 120_000 });
  await alive();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a file of 2 GiB is refused, by the page and by the server", async () => {
  const { page, context, complaints } = await open(browser, pipeline);
  const drop = page.locator(".drop");
  await drop.waitFor();
  // The file is sparse; only its size is checked.
  await page.evaluate(() => {
    const file = new File(["x"], "huge.jpg", { type: "image/jpeg" });
    Object.defineProperty(file, "size", { value: 2 ** 31 });
    const transfer = new DataTransfer();
    transfer.items.add(file);
    const event = new DragEvent("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { items: [], files: [file] } });
    document.querySelector(".drop").dispatchEvent(event);
  });
  await page.getByText("It has 2.0 GiB; the limit is 256.0 MiB.").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();

  const { origin, token } = address(pipeline);
  const { port } = new URL(origin);
  for (const length of [`content-length: ${2 ** 31}`, "transfer-encoding: chunked"]) {
    const send = () => new Promise((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write(`PUT /api/picture?key=huge.jpg HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\n${length}\r\n\r\n`);
        const chunk = Buffer.alloc(1 << 20);
        const framed = length.startsWith("transfer") ? Buffer.concat([Buffer.from("100000\r\n"), chunk, Buffer.from("\r\n")]) : chunk;
        const more = () => {
          while (!socket.destroyed && socket.write(framed));
        };
        socket.on("drain", more);
        more();
      });
      let answer = "";
      socket.on("data", (data) => {
        answer += data;
        if (answer.includes("}")) socket.destroy();
      });
      socket.on("error", (error) => (["EPIPE", "ECONNRESET"].includes(error.code) ? resolve(answer) : reject(error)));
      socket.on("close", () => resolve(answer));
    });
    // The server closes the connection without reading the body, sometimes before its response has been read.
    let said = "";
    for (let tries = 0; said === "" && tries < 200; tries++) said = await send();
    assert.match(said, /^HTTP\/1\.1 413/, length);
    assert.match(said, /limit-exceeded/);
  }
  assert.equal((await pipeline.s3("HEAD", "source", "huge.jpg")).status, 404);
  await alive();
});
