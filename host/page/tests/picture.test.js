import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { HtmlValidate } from "html-validate";

import { html, picture } from "obscura-page";

/** `obscura html` must print the same: host/cli/src/html uses this table, too. */
const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url)));
const validator = new HtmlValidate({ extends: ["html-validate:standard"] });

/** The mistakes in a page with this in its body. */
async function mistakes(body) {
  const page = `<!DOCTYPE html>\n<html lang="en"><head><title>A page</title></head><body>${body}</body></html>\n`;
  const report = await validator.validateString(page);
  return report.results.flatMap((one) => one.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`));
}

for (const { name, manifest, family, options, html: wanted, error } of cases) {
  test(name, async () => {
    if (error) {
      assert.throws(() => html(manifest, family, options), { name: "RangeError", message: error });
    } else {
      const text = html(manifest, family, options);
      assert.equal(text, wanted);
      assert.deepEqual(await mistakes(text), []);
    }
  });
}

test("the validator detects mistakes", async () => {
  assert.notDeepEqual(await mistakes("<picture><img alt></div>"), []);
  assert.notDeepEqual(await mistakes('<picture><source src="a.jpg"><div></div></picture>'), []);
});

test("nothing of the data becomes a tag or an attribute", () => {
  const hostile = `"'><script>alert(1)</script>`;
  const manifest = {
    renditions: [{ name: "card", key: `${hostile}/card.jpg`, media_type: "image/jpeg", width: 3, height: 2 }],
  };
  const text = html(manifest, "card", { alt: hostile, sizes: hostile, base: hostile, attributes: { title: hostile } });
  assert.match(text, /^<picture><img( [a-z]+="[^"<>]*")+><\/picture>$/);
});

test("additional attributes come last, and can replace others", () => {
  const manifest = {
    renditions: [{ name: "card", key: "card.jpg", media_type: "image/jpeg", width: 3, height: 2 }],
  };
  const text = html(manifest, "card", { attributes: { class: "wide", fetchpriority: "high", decoding: "sync" } });
  assert.match(text, / decoding="sync" class="wide" fetchpriority="high">/);
});

test("the attributes are those of the text", () => {
  const { manifest, family, options } = cases[0];
  const { sources, img } = picture(manifest, family, options);
  assert.deepEqual(sources.map((one) => one.type), ["image/avif", "image/webp"]);
  assert.equal(img.width / img.height > 1.49, true);
  assert.equal(img.srcset.split(", ").length, 3);
});
