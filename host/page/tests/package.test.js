// The published package, as packed by npm, from outside.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const TSC = path.join(HERE, "node_modules/.bin/tsc");
let folder, packed;

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "obscura-page-"));
  const report = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: HERE });
  const text = String(report);
  [packed] = Object.values(JSON.parse(text.slice(text.search(/^[[{]/m))));
  const installed = path.join(folder, "node_modules/obscura-page");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", path.join(folder, packed.filename), "-C", installed, "--strip-components=1"]);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("it has only its sources and its types", () => {
  const names = packed.files.map((file) => file.path).sort();
  const sources = ["index", "load", "loaders", "members", "picture", "placeholder", "thumbhash", "url"];
  const wanted = ["README.md", "index.d.ts", "load.d.ts", "loaders.d.ts", "manifest.d.ts", "package.json", ...sources.map((one) => `src/${one}.js`)];
  assert.deepEqual(names, wanted);
  const { dependencies } = JSON.parse(readFileSync(path.join(HERE, "package.json")));
  assert.equal(dependencies, undefined);
});

for (const entry of ["index", "load", "loaders"]) {
  test(`${entry} is below 3 KB minified, with all that it loads`, async (context) => {
    const options = { bundle: true, minify: true, format: "esm", write: false, target: "es2022" };
    const source = path.join(folder, `node_modules/obscura-page/src/${entry}.js`);
    const done = await build({ ...options, entryPoints: [source] });
    const bytes = done.outputFiles[0].contents.length;
    context.diagnostic(`${bytes} bytes`);
    assert.ok(bytes < 3000, `${bytes} bytes`);
  });
}

test("its types pass tsc --strict, in the package and for users", () => {
  const check = (...options) => execFileSync(TSC, options, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  execFileSync(TSC, ["-p", HERE], { stdio: "pipe" });
  writeFileSync(path.join(folder, "package.json"), '{"type": "module"}');
  const use = (text) => writeFileSync(path.join(folder, "use.ts"), text);
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--types", "", "--lib", "es2022,dom", "use.ts"];
  use(`import { html, type Manifest } from "obscura-page";
    import { load } from "obscura-page/load";
    const { manifest, placeholder } = await load("https://cdn.example.com", "a.jpg");
    const version: 2 = manifest.version;
    const keys: string[] = manifest.renditions.map((one) => one.key);
    export const text: string = html(manifest satisfies Manifest, "card", { placeholder, alt: keys[version]! });`);
  check(...options);
  use(`import { html } from "obscura-page"; export const text: number = html({ renditions: [] }, "card");`);
  assert.throws(() => check(...options), ({ stdout }) => stdout.includes("TS2322"));
});
