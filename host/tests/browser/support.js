// Shared code of the browser tests: the browser, and a separate pipeline.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { AwsClient } from "aws4fetch";
import { chromium } from "playwright-core";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** The command line as built by `just build`, or another one that is given. */
export const OBSCURA = process.env.OBSCURA ?? path.join(ROOT, "target/debug/obscura");
/** The folder for the pictures of `screenshot`. */
export const SCREENSHOTS = path.join(ROOT, "target/screenshots");

/** The browser that `.ci/browser` found. */
export function launch(options = {}) {
  const executablePath = process.env.CHROMIUM;
  if (!executablePath) throw new Error("CHROMIUM names no browser; run these tests by .ci/browsers");
  // Chromium's sandbox does not work for root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args: [...args, ...(options.args ?? [])] });
}

/** Write what a page shows to target/screenshots/NAME.png. */
export function screenshot(page, name, options = {}) {
  return page.screenshot({ ...options, path: path.join(SCREENSHOTS, `${name}.png`) });
}

/** `obscura serve` in a separate folder, on free ports, with additional arguments. */
export async function serve(...extra) {
  const dir = await mkdtemp(path.join(tmpdir(), "obscura-browser-"));
  const child = spawn(OBSCURA, ["serve", "--dir", dir, "--port", "0", "--delivery-port", "0", ...extra], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  const endpoint = await new Promise((resolve, reject) => {
    child.once("error", reject);
    gone.then((code) => reject(new Error(`obscura serve ended with ${code}:\n${said}`)));
    child.stderr.on("data", (text) => {
      said += text;
      const found = /^ +endpoint +(\S+)$[^]*aws s3 cp mine\.wasm/m.exec(said);
      if (found) resolve(found[1]);
    });
  });
  const credentials = await readFile(path.join(dir, ".aws/credentials"), "utf8");
  const secret = (name) => new RegExp(`^${name} *= *(\\S+)$`, "m").exec(credentials)[1];
  const client = new AwsClient({
    accessKeyId: secret("aws_access_key_id"),
    secretAccessKey: secret("aws_secret_access_key"),
    service: "s3",
    region: "us-east-1",
  });
  return new Pipeline({ dir, child, gone, endpoint, client, said: () => said });
}

/** A running pipeline. */
class Pipeline {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** A signed request to S3; `key` is not percent-encoded. */
  s3(method, bucket, key, body, headers = {}) {
    const at = key.split("/").map(encodeURIComponent).join("/");
    return this.client.fetch(`${this.endpoint}/${bucket}/${at}`, { method, body, headers });
  }

  /** The base URL of renditions, as printed. */
  delivery() {
    const found = /^ +renditions +(http:\/\/[^/\s]+)\//m.exec(this.said());
    if (!found) throw new Error(`no renditions are served:\n${this.said()}`);
    return found[1];
  }

  /** Upload a picture or a component. */
  async put(bucket, key, body, headers) {
    const answer = await this.s3("PUT", bucket, key, body, headers);
    if (!answer.ok) throw new Error(`PUT ${key}: ${answer.status} ${await answer.text()}`);
  }

  /** An object that is a JSON document; undefined if there is none. */
  async json(bucket, key) {
    const answer = await this.s3("GET", bucket, key);
    return answer.ok ? answer.json() : undefined;
  }

  /** The result of `look`, once it is defined. */
  async until(what, look) {
    for (const started = Date.now(); Date.now() - started < 120_000; ) {
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${what} did not come; the server said:\n${this.said()}`);
  }

  /** The record of a picture, once it exists. */
  manifest(key) {
    return this.until(`the manifest of ${key}`, () => this.json("destination", `${key}/manifest.json`));
  }

  /** Stop it, and remove what it stored. */
  async stop() {
    this.child.kill("SIGINT");
    await this.gone;
    await rm(this.dir, { recursive: true, force: true });
  }
}
