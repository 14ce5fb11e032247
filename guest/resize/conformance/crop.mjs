// Finds crops with sharp and with smartcrop: reads a list of {in, width, height} on standard input, writes
// a list of {attention, entropy, smartcrop}, each the left and the top of the crop.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

// Installed apart from this file, below the working directory.
const require = createRequire(process.cwd() + '/');
const sharp = require('sharp');
const smartcrop = require('smartcrop');
sharp.cache(false);

// What smartcrop needs to read pictures, as the package `smartcrop-sharp` has it for an older sharp.
const operations = {
  open: async (path) => {
    const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  },
  resample: async ({ data, width, height }, toWidth, toHeight) => {
    const image = sharp(data, { raw: { width, height, channels: 4 } });
    const [across, down] = [Math.floor(toWidth), Math.floor(toHeight)];
    const smaller = await image.resize(across, down, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
    return { data: smaller, width: across, height: down };
  },
  getData: async ({ data, width, height }) => new smartcrop.ImgData(width, height, data),
};

const results = [];
for (const { in: path, width, height } of JSON.parse(readFileSync(0, 'utf8'))) {
  const found = {};
  for (const position of ['attention', 'entropy']) {
    const image = sharp(path).resize({ width, height, fit: 'cover', position }).raw();
    const { info } = await image.toBuffer({ resolveWithObject: true });
    found[position] = [Math.abs(info.cropOffsetLeft ?? 0), Math.abs(info.cropOffsetTop ?? 0)];
  }
  const { topCrop } = await smartcrop.crop(path, { width, height, imageOperations: operations });
  found.smartcrop = [topCrop.x, topCrop.y];
  found.smartcropSize = [topCrop.width, topCrop.height];
  results.push(found);
}
console.log(JSON.stringify(results));
