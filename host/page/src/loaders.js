import { url } from "./url.js";

/**
 * The name of the narrowest member that is wide enough, or of the widest.
 * @param {import("../loaders.d.ts").Family} family
 * @param {number} wanted
 */
const member = ({ family, widths }, wanted) => {
  const sorted = [...widths].sort((a, b) => a - b);
  return `${family}-${sorted.find((width) => width >= wanted) ?? sorted.at(-1)}`;
};

/** @type {typeof import("../loaders.d.ts").nextLoader} */
export const nextLoader = ({ base = "", ...family }) => ({ src, width }) =>
  `${url(base, src.replace(/^\//, ""))}/${member(family, width)}`;

/** @type {typeof import("../loaders.d.ts").unpic} */
export const unpic = (family) => {
  /** @type {ReturnType<typeof import("../loaders.d.ts").unpic>["extract"]} */
  const extract = (address) => {
    const [, src, name, width, format] = /^(.*)\/([^/]+)-(\d+)(?:\.(\w+))?$/.exec(`${address}`) ?? [];
    return name == family.family && family.widths.includes(+width)
      ? { src, operations: { width: +width, ...(format && { format }) } }
      : null;
  };
  /** @type {ReturnType<typeof import("../loaders.d.ts").unpic>["generate"]} */
  const generate = (src, { width = Infinity, format = "auto" }) =>
    // The extension of a JPEG file is jpg.
    `${src}/${member(family, +width)}` + (format == "auto" ? "" : `.${format == "jpeg" ? "jpg" : format}`);
  return {
    extract,
    generate,
    transform: (address, operations) => {
      const before = extract(address);
      return generate(before?.src ?? address, { ...before?.operations, ...operations });
    },
  };
};
