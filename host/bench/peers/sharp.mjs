// Renders pictures with sharp: one JSON object per line in, one per line out.
//
// {file, work: "300" | "four" | "watermark" | "placeholder", how: "plain" | "best", out?}
//   -> {cpu_ms, peak_rss_bytes}
import { createInterface } from 'node:readline';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const sharp = createRequire(process.env.BENCH_MODULES)('sharp');
sharp.concurrency(1);
sharp.cache(false);

const finish = {
  jpg: (image) => image.jpeg({ quality: 80 }),
  webp: (image) => image.webp({ quality: 80 }),
};
export const FOUR = [
  ['large.jpg', { width: 1600 }],
  ['medium.jpg', { width: 1024 }],
  ['small.webp', { width: 400 }],
  ['thumbnail.jpg', { width: 150, height: 150 }],
];
const THUMB = [['w300.jpg', { width: 300 }]];

export async function render(body, renditions, how) {
  const files = [];
  let from = () => sharp(body);
  if (how === 'best' && renditions.length > 1) {
    // Decoded once, to the largest size; the others are made from that.
    const [, largest] = renditions[0];
    const { data, info } = await sharp(body).resize(largest).raw().toBuffer({ resolveWithObject: true });
    from = () => sharp(data, { raw: info });
  }
  for (const [name, size] of renditions) {
    files.push([name, await finish[name.split('.')[1]](from().resize(size)).toBuffer()]);
  }
  return files;
}

const marks = {};

// What the transforms of these names make by default.
const OTHERS = {
  async watermark(body) {
    const image = sharp(body);
    const { width } = await image.metadata();
    const opacity = { input: Buffer.from([255, 255, 255, 179]), raw: { width: 1, height: 1, channels: 4 }, tile: true, blend: 'dest-in' };
    // Once for all pictures of a width.
    marks[width] ??= await sharp(process.env.BENCH_MARK).resize({ width: Math.round(width * 0.15) }).composite([opacity]).toBuffer();
    const marked = image.composite([{ input: marks[width], gravity: 'southeast' }]).jpeg({ quality: 85 });
    return [['marked.jpg', await marked.toBuffer()]];
  },
  async placeholder(body) {
    const sample = await sharp(body).resize(100, 100, { fit: 'inside' }).ensureAlpha().raw().toBuffer();
    const preview = await sharp(body).resize(32, 32, { fit: 'inside' }).webp({ quality: 60 }).toBuffer();
    return [['sample', sample], ['preview.webp', preview]];
  },
};

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const { file, work, how, out } = JSON.parse(line);
    const body = await readFile(file);
    const before = process.cpuUsage();
    const files = OTHERS[work] ? await OTHERS[work](body) : await render(body, work === '300' ? THUMB : FOUR, how);
    const { user, system } = process.cpuUsage(before);
    if (out) await Promise.all(files.map(([name, data]) => writeFile(`${out}/${name}`, data)));
    // The peak of this program: `maxRSS` would include the parent process.
    const status = await readFile('/proc/self/status', 'utf8');
    const peak_rss_bytes = Number(/VmHWM:\s*(\d+)/.exec(status)[1]) * 1024;
    console.log(JSON.stringify({ cpu_ms: (user + system) / 1e3, peak_rss_bytes }));
  }
}

if (process.argv[1] === import.meta.filename) await main();
