import type { Manifest, Placeholder } from "./index.d.ts";

/**
 * Fetches a picture's manifest and placeholder. `key` is that of the source, after the
 * destination's prefix if it has one. Rejects if there is no manifest.
 */
export function load(
  base: string,
  key: string,
  fetcher?: (address: string) => Promise<Pick<Response, "ok" | "status" | "headers" | "json">>,
): Promise<{ manifest: Manifest; placeholder?: Placeholder }>;
