// Writes sharp's output sizes for many sources, boxes and fits: ../tests/sizes.txt.
//
//     node sizes.mjs > ../tests/sizes.txt    # from .tools/sharp, where sharp is installed
import { createRequire } from 'node:module';

const sharp = createRequire(process.cwd() + '/')('sharp');
const version = sharp.versions.sharp;
// A multiplicative generator: the same rows every time.
let state = 20250601n;
const below = (n) => {
  state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
  return Number((state >> 33n) % BigInt(n));
};
const rows = new Map();
async function row(width, height, across, down, fit, keep) {
  const key = [width, height, across ?? '-', down ?? '-', fit, keep].join(' ');
  if (rows.has(key)) return;
  const input = { create: { width, height, channels: 3, background: '#777' } };
  const resize = { width: across, height: down, fit, withoutEnlargement: keep };
  try {
    const { info } = await sharp(input).resize(resize).raw().toBuffer({ resolveWithObject: true });
    rows.set(key, `${key} ${info.width} ${info.height}`);
  } catch (error) {
    console.error(key, String(error.message ?? error));
  }
}
const fits = ['cover', 'contain', 'fill', 'inside', 'outside'];
// Ratios at which a side ends on a half: 100×150 at a width of 7 has 10.5 rows.
for (const [width, height] of [[100, 150], [150, 100], [200, 300], [300, 100], [90, 60], [64, 32], [400, 300], [1, 2000], [3, 2]]) {
  for (const side of [1, 3, 5, 7, 9, 11, 13, 15, 21, 25, 33, 35, 49, 55, 63, 77, 99, 150]) {
    await row(width, height, side, undefined, 'cover', false);
    await row(width, height, undefined, side, 'cover', true);
    for (const fit of fits) await row(width, height, side, side * 2 - 1, fit, side % 2 === 1 && below(2) === 1);
  }
}
while (rows.size < 2400) {
  const side = () => 1 + below([12, 60, 300, 1200][below(4)]);
  const [width, height] = [side(), side()];
  const asked = () => 1 + below([20, 100, 400][below(3)]);
  const [across, down] = [[asked(), undefined], [undefined, asked()], [asked(), asked()], [asked(), asked()]][below(4)];
  const scale = Math.max((across ?? 0) / width, (down ?? 0) / height);
  // What is enlarged a thousandfold takes long and tells nothing.
  if (scale * scale * width * height > 4e6) continue;
  await row(width, height, across, down, fits[below(5)], below(2) === 1);
}
console.log(`# Output sizes of sharp ${version}: source width and height, asked width and height (- is left out),`);
console.log('# fit, without_enlargement, output width and height. Made by conformance/sizes.mjs.');
for (const line of rows.values()) console.log(line);
