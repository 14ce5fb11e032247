import type { RenditionRecord } from "./manifest.d.ts";

export type * from "./manifest.d.ts";

/** What is needed of a manifest: those that are stored in fewer fields will do, too. */
export interface Picture {
  /** The renditions that are stored. */
  renditions: (Pick<RenditionRecord, "name" | "key" | "media_type" | "width" | "height"> & { failed?: null })[];
  /** Those that are made when they are first asked for. */
  requested?: { name: string; key: string; media_type: string; width?: undefined; height?: undefined; failed?: number | null }[];
}

/** The JSON of the transform `placeholder`. */
export interface Placeholder {
  /** The picture's width and height, upright. */
  width: number;
  height: number;
  /** The dominant colour, as `#rrggbb`. */
  color?: string | null;
  /** Whether anything shows through; there is no placeholder then. */
  has_alpha?: boolean;
  /** A ThumbHash, in base64. */
  thumbhash?: string;
  /** A tiny picture, as a data URI. It is taken before the ThumbHash. */
  preview?: string;
}

export interface Options {
  /** Where keys are served, such as `https://cdn.example.com`; this very site, if absent. */
  base?: string;
  /** What the picture shows, for those who do not see it; "" if it is decoration. */
  alt?: string;
  /** How wide the page shows it, as CSS says; `100vw` if absent. */
  sizes?: string;
  /** `lazy` if absent; `eager` for what is seen at once. */
  loading?: "lazy" | "eager";
  /** What the transform `placeholder` says of the picture. */
  placeholder?: Placeholder;
  /** The source's width, so that nothing claims to be wider; the placeholder's, if absent. */
  width?: number;
  /** Further attributes of `<img>`. Their names are yours: never take them from data. */
  attributes?: Record<string, string | number>;
}

/** The attributes of a `<picture>`'s elements, to be set as they are or by a framework. */
export interface Parts {
  /** The better formats, best first. */
  sources: { type: string; srcset: string; sizes?: string }[];
  img: {
    src: string;
    /** Absent if there is one rendition only. */
    srcset?: string;
    sizes?: string;
    /** Absent if nobody knows the proportions yet. */
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
 * The attributes for the renditions that are called `family`, or that and a width, a format or both.
 * Throws a RangeError if there are none.
 */
export function picture(manifest: Picture, family: string, options?: Options): Parts;

/** The same as HTML: a `<picture>` in one line, all text in it escaped. */
export function html(manifest: Picture, family: string, options?: Options): string;
