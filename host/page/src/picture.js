import { members } from "./members.js";
import { background } from "./placeholder.js";
import { url } from "./url.js";

/** @type {typeof import("../index.d.ts").picture} */
export const picture = (manifest, family, options = {}) => {
  const { base = "", alt = "", sizes = "100vw", loading = "lazy", placeholder } = options;
  const lists = members(manifest, family, options.width ?? placeholder?.width ?? Infinity);
  if (!lists[0]) throw RangeError(`no rendition ${family} that a page can show`);
  const made = lists.flat().reduce((best, one) => (one.height > best.height ? one : best));
  const { width, height } = made.height ? made : (placeholder ?? made);

  const candidates = lists.map((list) => ({
    srcset: list.map((one) => url(base, one.key) + (list[1] ? ` ${one.width}w` : "")).join(", "),
    // A single candidate needs no `srcset`.
    ...(list[1] && { sizes }),
  }));
  // Every browser supports the third format and those after it.
  const at = lists.findIndex(([one]) => !/avif|webp/.test(one.media_type));
  const last = at < 0 ? lists.length - 1 : at;
  const widest = lists[last].at(-1) ?? made;
  const wide = widest.width || width;
  const style = placeholder && background(placeholder);
  return {
    sources: lists.slice(0, last).map(([one], at) => ({ type: one.media_type, ...candidates[at] })),
    img: {
      src: url(base, widest.key),
      ...(lists[last][1] && candidates[last]),
      ...(height && { width: wide, height: Math.round((wide * height) / width) || 1 }),
      ...(style && { style }),
      alt,
      loading,
      decoding: "async",
    },
  };
};

/** @type {typeof import("../index.d.ts").html} */
export const html = (manifest, family, options = {}) => {
  const { sources, img } = picture(manifest, family, options);
  const tags = sources.map((source) => tag("source", source));
  return `<picture>${tags.join("")}${tag("img", { ...img, ...options.attributes })}</picture>`;
};

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
const tag = (name, attributes) =>
  `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${`${value}`.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)}"`)
    .join("")}>`;
