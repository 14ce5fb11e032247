// examples/site in a browser, from the upload to the picture: which renditions are made, in which format
// and how often, and that there are no layout shifts.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { launch, OBSCURA, ROOT, screenshot, serve } from "../support.js";

const run = promisify(execFile);
const TYPES = { ".html": "text/html", ".js": "text/javascript" };
const KEY = "photos/a cat's \"picture\" #1.jpg";
const PIPELINE = JSON.parse(await readFile(path.join(ROOT, "examples/site/pipeline.json")));
const FAMILY = PIPELINE.routes[0].steps[1].parameters.renditions[0];
const { formats } = FAMILY;
// The same number of widths, at half the size: AVIF is slow.
const widths = [80, 120, 160, 200, 240, 320, 384, 480, 540, 600, 768, 800];
assert.equal(widths.length, FAMILY.widths.length);
FAMILY.widths = widths;

let browser, pipeline, site, base, page;
/** Prepared pages, by path. */
const made = new Map();

before(async () => {
  browser = await launch();
  pipeline = await serve();
  base = await pipeline.delivery();
  for (const name of ["placeholder", "resize_avif"]) {
    const wasm = path.join(ROOT, `target/wasm32-wasip2/guest/${name}.wasm`);
    await run(OBSCURA, ["publish", wasm, "--dir", pipeline.dir]);
  }
  await pipeline.put("components", "pipeline.json", JSON.stringify(PIPELINE));
  const report = await pipeline.until("the document's report", () => pipeline.json("components", "reports/pipeline.json"));
  assert.deepEqual(report.errors, [], JSON.stringify(report));
  await pipeline.put("source", KEY, await photograph(2000, 1333));
  await pipeline.manifest(KEY);

  // The repository's folder, as served by any file server.
  site = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const body = made.get(pathname) ?? (await readFile(path.join(ROOT, path.normalize(file))).catch(() => undefined));
    response.writeHead(body === undefined ? 404 : 200, { "content-type": TYPES[path.extname(file)] ?? "text/html" });
    response.end(body);
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  site.url = `http://127.0.0.1:${site.address().port}`;
  page = `${site.url}/examples/site/?${new URLSearchParams({ key: KEY, base })}`;
});

after(async () => {
  await browser?.close();
  site?.close();
  await pipeline?.stop();
});

/** A picture of this size that is hard to compress, drawn by the browser. */
async function photograph(width, height) {
  const tab = await browser.newPage();
  const base64 = await tab.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      const sky = context.createLinearGradient(0, 0, width, height);
      sky.addColorStop(0, "#2050a0");
      sky.addColorStop(1, "#e0a040");
      context.fillStyle = sky;
      context.fillRect(0, 0, width, height);
      for (let at = 1; at < 400; at++) {
        context.fillStyle = `hsl(${at * 47} 60% 50% / 0.4)`;
        context.fillRect((at * 733) % width, (at * 419) % height, (at * 31) % 300, (at * 17) % 200);
      }
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
      return new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.split(",")[1]);
        reader.readAsDataURL(blob);
      });
    },
    [width, height],
  );
  await tab.close();
  return Buffer.from(base64, "base64");
}

/** Names of the family's stored renditions, and of its planned ones. */
async function stored() {
  const manifest = await pipeline.manifest(KEY);
  const names = (list = []) => list.map((one) => one.name).filter((name) => name.startsWith("card-"));
  return { made: names(manifest.renditions), planned: names(manifest.requested) };
}

/** Open a URL as a new visitor. Returns the requests to delivery, and the layout shifts. */
async function visit(address, { width = 800, height = 700, before = () => {}, reads = formats } = {}) {
  const context = await browser.newContext({ viewport: { width, height } });
  const tab = await context.newPage();
  const asked = [], problems = [];
  tab.on("response", async (response) => {
    const { pathname, origin } = new URL(response.url());
    if (origin !== base || response.request().resourceType() !== "image") return;
    const headers = response.headers();
    asked.push({ name: pathname.split("/").pop(), status: response.status(), cache: headers["x-cache"], type: headers["content-type"] });
  });
  tab.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  tab.on("pageerror", (error) => problems.push(error.message));
  await tab.addInitScript(() => {
    window.moved = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.moved += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  // A browser that does not support a format skips its <source>.
  const unread = formats.filter((format) => !reads.includes(format)).map((format) => `image/${format}`);
  await tab.addInitScript((unread) => {
    new MutationObserver(() => {
      for (const type of unread) document.querySelectorAll(`source[type="${type}"]`).forEach((one) => one.remove());
    }).observe(document, { childList: true, subtree: true });
  }, unread);
  await before(tab);
  await tab.goto(address);
  const image = tab.locator("img");
  await image.waitFor({ state: "attached" });
  await tab.waitForFunction(() => document.querySelector("img").complete, null, { timeout: 90_000 });
  const loaded = await image.evaluate((one) => one.naturalWidth > 0);
  assert.ok(loaded, `the picture was not loaded: ${JSON.stringify(asked)}`);
  // Two frames, so that a shift would have been seen.
  await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const moved = await tab.evaluate(() => window.moved);
  return { tab, context, asked, problems, moved, image };
}

test("an upload plans all renditions, and makes none", async () => {
  const { made, planned } = await stored();
  assert.deepEqual(made, []);
  assert.equal(planned.length, widths.length * formats.length);
  assert.equal(planned.length, 36);
});

test("the first visit makes one rendition, and the second finds it", async () => {
  const first = await visit(page);
  assert.deepEqual(first.problems, []);
  assert.equal(first.asked.length, 1);
  assert.deepEqual({ ...first.asked[0] }, { name: "card-768-avif.avif", status: 200, cache: "Miss", type: "image/avif" });
  assert.equal(first.moved, 0);
  assert.equal(await first.image.getAttribute("alt"), KEY);
  assert.match(await first.tab.getByText("card-768").textContent(), /^card-768-avif\.avif$/);
  await screenshot(first.tab, "site");
  await first.context.close();
  assert.deepEqual((await stored()).made, ["card-768-avif"]);

  const second = await visit(page);
  assert.deepEqual(second.asked.map((one) => one.cache), ["Hit"]);
  assert.equal(second.moved, 0);
  await second.context.close();
  const { made, planned } = await stored();
  assert.deepEqual([made.length, planned.length], [1, 35]);
});

test("the placeholder is shown before the picture, without layout shifts", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  let seen;
  const slow = async (tab) => {
    // A slow network: the picture arrives after the placeholder was checked.
    await tab.route((url) => url.origin === base && /\.avif$/.test(url.pathname), async (route) => {
      await held;
      await route.continue();
    });
    seen = tab.waitForSelector("img").then(async (image) => {
      const picture = await screenshot(tab, "site-placeholder");
      const box = await image.boundingBox();
      const state = await image.evaluate((one) => ({ complete: one.complete, background: getComputedStyle(one).backgroundImage }));
      release();
      return { picture, box, state };
    });
  };
  const { tab, context, image, moved } = await visit(page, { before: slow });
  const { picture, box, state } = await seen;
  assert.equal(state.complete, false);
  assert.match(state.background, /^url\("data:image\/bmp;base64,/);
  const there = await image.boundingBox();
  for (const side of ["x", "y", "width", "height"]) assert.ok(Math.abs(there[side] - box[side]) < 1, side);
  assert.equal(moved, 0);
  const after = await screenshot(tab, "site-picture");
  // It has the picture's colours: blue above on the left, orange below on the right.
  const [[r1, , b1], [r2, , b2]] = await colours(tab, picture, box);
  assert.ok(b1 > r1 + 20 && r2 > b2 + 20, JSON.stringify([r1, b1, r2, b2]));
  const far = distance(await colours(tab, picture, box), await colours(tab, after, box));
  assert.ok(far < 60, `${far} of 255`);
  await context.close();
});

/** The mean colours of a screenshot's upper left and lower right quarter of a box. */
function colours(tab, png, { x, y, width, height }) {
  return tab.evaluate(
    async ([base64, x, y, width, height]) => {
      const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(1, 1).getContext("2d");
      context.imageSmoothingQuality = "high";
      return [[x, y], [x + width * 0.75, y + height * 0.75]].map(([left, top]) => {
        const small = new OffscreenCanvas(16, 16).getContext("2d");
        small.drawImage(bitmap, left, top, width / 4, Math.min(height / 4, bitmap.height - top), 0, 0, 16, 16);
        const { data } = small.getImageData(0, 0, 16, 16);
        const sum = [0, 0, 0];
        for (let at = 0; at < data.length; at++) if (at % 4 < 3) sum[at % 4] += data[at] / 256;
        return sum;
      });
    },
    [png.toString("base64"), x, y, width, height],
  );
}

function distance(some, others) {
  return Math.max(...some.flat().map((value, at) => Math.abs(value - others.flat()[at])));
}

test("each of the 36 renditions is loaded by a browser that selects it, and no other is made", async () => {
  const wanted = new Set(["card-768-avif"]);
  for (const format of formats) {
    for (const width of widths) {
      const reads = formats.slice(formats.indexOf(format));
      // The example's `sizes` is at most 46rem: a page with one picture shows it at the given width.
      const address = `${page}&as=${width}`;
      const { context, asked, moved } = await visit(address, { width, reads, before: (tab) => tab.addInitScript((width) => {
        new MutationObserver(() => {
          for (const one of document.querySelectorAll("source, img")) if (one.sizes !== `${width}px`) one.sizes = `${width}px`;
        }).observe(document, { childList: true, subtree: true });
      }, width) });
      const last = asked.at(-1);
      assert.equal(last.name, `card-${width}-${format}.${format === "jpeg" ? "jpg" : format}`);
      assert.equal(last.type, `image/${format}`);
      assert.equal(moved, 0);
      asked.forEach((one) => wanted.add(one.name.replace(/\.\w+$/, "")));
      await context.close();
    }
  }
  const { made, planned } = await stored();
  assert.deepEqual(made.sort(), [...wanted].sort());
  assert.equal(made.length + planned.length, 36);
  assert.equal(made.length, 36);
});

test("a URL without a format is served in a format that the browser accepts", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const address = `${base}/${KEY.split("/").map(encodeURIComponent).join("/")}/card-320`;
  const its = (url) => String(url) === address;
  made.set("/one/", `<!DOCTYPE html><title>One</title><img src="${address}" alt="">`);
  const types = { "image/avif,image/webp,*/*;q=0.8": "image/avif", "image/webp,*/*;q=0.8": "image/webp", "*/*": "image/jpeg" };
  for (const [accept, type] of Object.entries(types)) {
    await tab.route(its, (route) => route.continue({ headers: { ...route.request().headers(), accept } }));
    const [response] = await Promise.all([
      tab.waitForResponse((response) => its(response.url())),
      tab.goto(`${site.url}/one/`),
    ]);
    assert.equal(response.headers()["content-type"], type, accept);
    assert.match(response.headers().vary ?? "", /accept/i);
    await tab.unroute(its);
  }
  await context.close();
});

test("`obscura html` makes a page without layout shifts and without scripts", async () => {
  const { stdout } = await run(OBSCURA, ["html", KEY, "--dir", pipeline.dir, "--base-url", base, "--alt", "<A cat>", "--sizes", "100vw", "--eager"]);
  made.set("/static/", `<!DOCTYPE html><html lang="en"><title>Static</title><style>img{max-width:100%;height:auto}</style>
    <body>${stdout}<p>What stands below</p></body></html>`);
  const { tab, context, asked, moved, image } = await visit(`${site.url}/static/`, { width: 480 });
  assert.equal(asked.at(-1).status, 200);
  assert.equal(moved, 0);
  assert.equal(await image.getAttribute("alt"), "<A cat>");
  await screenshot(tab, "site-static");
  await context.close();
});

test("a picture that does not exist is reported as missing", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(`${site.url}/examples/site/?${new URLSearchParams({ key: "photos/<b>none</b>.jpg", base })}`);
  const problem = tab.getByRole("alert");
  await problem.waitFor();
  assert.match(await problem.textContent(), /^photos\/<b>none<\/b>\.jpg cannot be shown/);
  await screenshot(tab, "site-missing");
  await context.close();
});
