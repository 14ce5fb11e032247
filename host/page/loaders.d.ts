// Addresses of the narrowest member of a family that is wide enough, for what builds `srcset` by itself.

/** A family whose members differ in width, as `resize` plans it from `widths`. */
export interface Family {
  /** What its renditions' names begin with. */
  family: string;
  /** The widths that are planned. */
  widths: readonly number[];
}

/** A loader for `next/image`: its `src` is a picture's key. The format is chosen by what the browser accepts. */
export function nextLoader(
  options: Family & { base?: string },
): (properties: { src: string; width: number; quality?: number }) => string;

/** What unpic asks for. Heights and qualities are those of the plan. */
export interface Operations {
  width?: number | string;
  height?: number | string;
  format?: string;
  quality?: number | string;
}

/** unpic's interface: `transform` is what `@unpic/react/base` and its siblings take as `transformer`. */
export function unpic(family: Family): {
  /** What stands in an address that `generate` has made; null if it has not. */
  extract(url: string | URL): { src: string; operations: Operations } | null;
  /** The address of a picture, with what is asked for. */
  generate(src: string | URL, operations: Operations): string;
  /** The same of a picture's address and of one that has operations already. */
  transform(src: string | URL, operations: Operations): string;
};
