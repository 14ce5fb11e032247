import type { RenditionRecord } from "./manifest.d.ts";

export type * from "./manifest.d.ts";

/** The fields of a manifest that are used; the others can be omitted. */
export interface Picture {
  /** The stored renditions. */
  renditions: (Pick<RenditionRecord, "name" | "key" | "media_type" | "width" | "height"> & { failed?: null })[];
  /** Renditions that are made on the first request. */
  requested?: { name: string; key: string; media_type: string; width?: undefined; height?: undefined; failed?: number | null }[];
}

/** The JSON of the transform `placeholder`. */
export interface Placeholder {
  /** The picture's width and height, upright. */
  width: number;
  height: number;
  /** The dominant colour, as `#rrggbb`. */
  color?: string | null;
  /** Whether it has transparency; there is no placeholder then. */
  has_alpha?: boolean;
  /** A ThumbHash, in base64. */
  thumbhash?: string;
  /** A tiny picture, as a data URI. It is preferred to the ThumbHash. */
  preview?: string;
}

export interface Options {
  /** Base URL of the keys, such as `https://cdn.example.com`; this site if absent. */
  base?: string;
  /** Alternative text of the picture; "" if it is decorative. */
  alt?: string;
  /** Its displayed width, as in the attribute `sizes`; `100vw` if absent. */
  sizes?: string;
  /** `lazy` if absent; `eager` for pictures in the initial viewport. */
  loading?: "lazy" | "eager";
  /** The output of the transform `placeholder` for the picture. */
  placeholder?: Placeholder;
  /** The source's width, so that no candidate claims to be wider; the placeholder's if absent. */
  width?: number;
  /** Further attributes of `<img>`. Their names are yours: never take them from data. */
  attributes?: Record<string, string | number>;
}

/** The attributes of a `<picture>`'s elements, to be set directly or by a framework. */
export interface Parts {
  /** The better formats, best first. */
  sources: { type: string; srcset: string; sizes?: string }[];
  img: {
    src: string;
    /** Absent if there is only one rendition. */
    srcset?: string;
    sizes?: string;
    /** Absent if the proportions are not known. */
    width?: number;
    height?: number;
    /** The placeholder. */
    style?: string;
    alt: string;
    loading: "lazy" | "eager";
    decoding: "async";
  };
}

/**
 * The attributes for the renditions named `family`, or `family` with a width, a format or both.
 * Throws a RangeError if there are none.
 */
export function picture(manifest: Picture, family: string, options?: Options): Parts;

/** The same as HTML: a `<picture>` in one line, with all text escaped. */
export function html(manifest: Picture, family: string, options?: Options): string;
