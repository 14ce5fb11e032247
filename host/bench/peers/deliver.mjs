// A typical handler for renditions on request: Node behind a function URL that reads the picture, renders it
// with sharp as the URL says, stores the result and responds with it. `/<key>/<width>.<format>`.
import { createRequire } from 'node:module';

const require = createRequire(process.env.BENCH_MODULES);
const { S3Client, GetObjectCommand, PutObjectCommand } = require('@aws-sdk/client-s3');
const sharp = require('sharp');
const s3 = new S3Client({ forcePathStyle: true });
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const { OBSCURA_SOURCE_BUCKET: Source, OBSCURA_DESTINATION_BUCKET: Target, OBSCURA_FUNCTION: role } = process.env;

async function deliver(path) {
  const target = decodeURIComponent(path).slice(1);
  const [, Key, width, format] = /^(.+)\/(\d+)\.(webp|avif)$/.exec(target);
  const source = await s3.send(new GetObjectCommand({ Bucket: Source, Key }));
  const body = await source.Body.transformToByteArray();
  const image = sharp(body).rotate().resize(Number(width));
  // The same effort for small files as `effort` 2 of `resize-avif`.
  const data = await (format === 'avif' ? image.avif({ quality: 60, effort: 2 }) : image.webp({ quality: 80 })).toBuffer();
  const ContentType = `image/${format}`;
  await s3.send(new PutObjectCommand({ Bucket: Target, Key: target, Body: data, ContentType }));
  return { statusCode: 200, headers: { 'content-type': ContentType, 'cache-control': 'max-age=60' },
    body: data.toString('base64'), isBase64Encoded: true };
}

for (;;) {
  const response = await fetch(`${api}/next`);
  const request = response.headers.get('lambda-runtime-aws-request-id');
  const event = await response.json();
  const answer = role === 'deliver' ? await deliver(event.rawPath) : null;
  await (await fetch(`${api}/${request}/response`, { method: 'POST', body: JSON.stringify(answer) })).text();
}
