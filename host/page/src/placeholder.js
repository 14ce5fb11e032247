import { raster } from "./thumbhash.js";

/** The placeholder's pixels along each side. ThumbHash has at most seven frequencies, and browsers interpolate. */
const SIDE = 12;

/**
 * The header of a bitmap of 12 × 12 pixels of 24 bits, in base64: "BM", the file's size of 459 bytes, where
 * pixels begin (27), the second header's size (12), width, height, planes, bits, and a byte that makes the length
 * a multiple of three, so that what follows can be encoded by itself. It needs no compression and no checksum.
 */
const HEADER = "Qk3LAQAAAAAAABsAAAAMAAAADAAMAAEAGAAA";

/**
 * A CSS background until the picture has loaded, from the output of the transform `placeholder`. Empty for
 * a transparent picture, since it would show through. Values not in that transform's format are ignored.
 * @param {import("../index.d.ts").Placeholder} facts
 */
export const background = ({ has_alpha, color, preview, thumbhash }) => {
  if (has_alpha) return;
  const uri = /^data:image\/\w+;base64,[\w+/=]+$/.exec(`${preview}`) ?? bitmap(thumbhash);
  const colour = /^#[\da-f]{6}$/.exec(`${color}`);
  const layers = [colour, uri && `url(${uri}) 0 0/100% 100% no-repeat`].filter(Boolean).join(" ");
  return layers && `background:${layers}`;
};

/**
 * The picture of a ThumbHash as a data URI.
 * @param {string | null} [thumbhash]
 */
const bitmap = (thumbhash) => {
  try {
    const pixels = raster(atob(thumbhash ?? ""), SIDE, SIDE);
    return pixels && `data:image/bmp;base64,${HEADER}${btoa(String.fromCharCode(...pixels))}`;
  } catch {
    // It is not base64.
  }
};
