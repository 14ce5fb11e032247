// A common Lambda setup: Node, the AWS SDK and sharp. It makes the same four renditions, decoding once.
import { createRequire } from 'node:module';
import { FOUR, render } from './sharp.mjs';

const require = createRequire(process.env.BENCH_MODULES);
const { S3Client, GetObjectCommand, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client({ forcePathStyle: true });
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const Target = process.env.OBSCURA_DESTINATION_BUCKET;

async function handle(event) {
  for (const { s3: where } of event.Records) {
    const Key = decodeURIComponent(where.object.key.replaceAll('+', ' '));
    const source = await s3.send(new GetObjectCommand({ Bucket: where.bucket.name, Key }));
    const body = Buffer.from(await source.Body.transformToByteArray());
    const names = [];
    for (const [name, data] of await render(body, FOUR, 'best')) {
      const ContentType = name.endsWith('webp') ? 'image/webp' : 'image/jpeg';
      await s3.send(new PutObjectCommand({ Bucket: Target, Key: `${Key}/${name}`, Body: data, ContentType }));
      names.push(name);
    }
    const Body = JSON.stringify(names);
    await s3.send(new PutObjectCommand({ Bucket: Target, Key: `${Key}/manifest.json`, Body }));
  }
}

for (;;) {
  const response = await fetch(`${api}/next`);
  const request = response.headers.get('lambda-runtime-aws-request-id');
  await handle(await response.json());
  await (await fetch(`${api}/${request}/response`, { method: 'POST', body: 'null' })).text();
}
