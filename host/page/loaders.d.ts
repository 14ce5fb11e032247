// URLs of the narrowest member of a family that is wide enough, for libraries that build `srcset` themselves.

/** A family whose members differ in width, as `resize` plans it from `widths`. */
export interface Family {
  /** The prefix of its renditions' names. */
  family: string;
  /** The planned widths. */
  widths: readonly number[];
}

/** A loader for `next/image`: its `src` is a picture's key. The format depends on the browser's `Accept` header. */
export function nextLoader(
  options: Family & { base?: string },
): (properties: { src: string; width: number; quality?: number }) => string;

/** unpic's operations. Heights and qualities are those of the plan. */
export interface Operations {
  width?: number | string;
  height?: number | string;
  format?: string;
  quality?: number | string;
}

/** unpic's interface: pass `transform` to `@unpic/react/base` and the like as `transformer`. */
export function unpic(family: Family): {
  /** The parts of a URL made by `generate`; null for other URLs. */
  extract(url: string | URL): { src: string; operations: Operations } | null;
  /** The URL of a picture with operations. */
  generate(src: string | URL, operations: Operations): string;
  /** The same, for a picture's URL or one that already has operations. */
  transform(src: string | URL, operations: Operations): string;
};
