// Checked by `tsc --strict` and never run: the declarations match the code, and a page's data fits them.

import * as declared from "obscura-page";
import type { Manifest, Options, Picture } from "obscura-page";
import * as load from "obscura-page/load";
import * as loaders from "obscura-page/loaders";
import type { TransformerFunction } from "unpic";

import * as written from "../src/index.js";
import * as writtenLoad from "../src/load.js";
import * as writtenLoaders from "../src/loaders.js";

export const same: typeof declared = written;
export const sameLoad: typeof load = writtenLoad;
export const sameLoaders: typeof loaders = writtenLoaders;

declare const manifest: Manifest;
export const record: Picture = manifest;
export const text: string = declared.html(manifest, "card", { alt: "A cat", sizes: "50vw" });

// @ts-expect-error: the family is needed
declared.html(manifest);
// @ts-expect-error: there is no such option
export const wrong: Options = { size: "50vw" };

// The calls of `next/image` and unpic.
export const loader: (properties: { src: string; width: number; quality?: number }) => string =
  loaders.nextLoader({ family: "card", widths: [320, 640] });
const cdn = loaders.unpic({ family: "card", widths: [320, 640] });
export const transformer: TransformerFunction<loaders.Operations, undefined> = cdn.transform;
