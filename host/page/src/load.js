import { url } from "./url.js";

/** @type {typeof import("../load.d.ts").load} */
export const load = async (base, key, fetcher = fetch) => {
  /** @param {string} key */
  const json = async (key) => {
    const answer = await fetcher(url(base, key));
    if (answer.ok) return answer.json();
    throw Error(`${key}: ${answer.status}`);
  };
  /** @type {import("../index.d.ts").Manifest} */
  const manifest = await json(`${key}/manifest.json`);
  const facts = manifest.renditions.find((one) => /placeholder.*json/.test(one.name + one.media_type));
  // A missing placeholder must not prevent the picture.
  const placeholder = facts && (await json(facts.key).catch(() => {}));
  return { manifest, placeholder };
};
