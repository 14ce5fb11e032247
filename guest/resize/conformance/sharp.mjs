// Does what it is told on standard input, a list of {in, out, …}, with sharp.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

// Installed apart from this file, below the working directory.
const sharp = createRequire(process.cwd() + '/')('sharp');
sharp.cache(false);
const results = [];
for (const job of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    let image = sharp(job.in, { limitInputPixels: false }).autoOrient();
    if (job.resize) image = image.resize(job.resize);
    if (job.cmyk) image = image.toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 95 });
    else if (job.interlaced) image = image.png({ progressive: true });
    else if (job.format) image = image.toFormat(job.format, job.options ?? {});
    else image = image.png();
    const before = process.cpuUsage();
    const { width, height, size } = await image.toFile(job.out);
    const { user, system } = process.cpuUsage(before);
    results.push({ width, height, size, ms: (user + system) / 1000 });
  } catch (error) {
    results.push({ error: String(error.message ?? error) });
  }
}
console.log(JSON.stringify(results));
