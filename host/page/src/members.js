/** The formats of a family, in the order in which browsers are offered them. */
const FORMATS = ["avif", "webp", "jpeg", "png", "gif"];
const MEMBER = RegExp(`^(-\\d+)?(-(${FORMATS.join("|")}))?$`);

/**
 * A rendition that a page can name.
 * @typedef {object} Member
 * @property {string} key
 * @property {string} media_type
 * @property {number} width in pixels; 0 if that is not known
 * @property {number} height in pixels; 0 if it has not been made
 */

/**
 * The renditions that are called `family`, or that with a width, a format or both: a list for each
 * format, best first, of ascending widths.
 * @param {import("../index.d.ts").Picture} manifest
 * @param {string} family
 * @param {number} limit the source's width
 * @returns {Member[][]}
 */
export const members = ({ renditions, requested = [] }, family, limit) => {
  const found = [...renditions, ...requested].flatMap(({ name, key, media_type, failed, width, height = 0 }) => {
    const parts = name.startsWith(family) && MEMBER.exec(name.slice(family.length));
    if (!parts || failed != null) return [];
    const told = -(parts[1] ?? 0);
    width ??= told;
    // Pictures are not enlarged: if one is narrower than its name says, its width is the source's.
    if (width && width < told) limit = Math.min(limit, width);
    return { key, media_type, width, height };
  });
  return FORMATS.map((format) => {
    /** @type {Map<number, Member>} */
    const widths = new Map();
    for (const one of found) {
      if (one.media_type != `image/${format}`) continue;
      const width = one.height ? one.width : Math.min(one.width, limit);
      // Of several with the same width, prefer a stored one, which needs no rendering.
      if ((widths.get(width)?.height ?? -1) < one.height) widths.set(width, { ...one, width });
    }
    // One of unknown width cannot be combined with others.
    if (widths.size > 1) widths.delete(0);
    return [...widths.values()].sort((a, b) => a.width - b.width);
  }).filter((list) => list[0]);
};
