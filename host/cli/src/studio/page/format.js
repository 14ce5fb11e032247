// Human-readable numbers and times.

/** Bytes with a unit. */
export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024;
  return `${unit === 0 ? count : count.toFixed(1)} ${units[unit]}`;
}

/** Milliseconds. */
export function ms(count) {
  if (count >= 10_000) return `${(count / 1000).toFixed(1)} s`;
  return count >= 10 ? `${Math.round(count)} ms` : `${count.toFixed(1)} ms`;
}

/** A relative change in size. */
export function change(before, after) {
  if (!before) return "";
  const percent = ((after - before) * 100) / before;
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 1 : 0)} %`;
}

/** The common name of a media type. */
export const kind = (mediaType) => mediaType.replace(/^image\//, "").replace(/^application\//, "").toUpperCase();

/** The time of day if today, otherwise the date. */
export function time(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "";
  const today = at.toDateString() === new Date().toDateString();
  const hour = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return today ? hour : `${at.toLocaleDateString()} ${hour}`;
}

/** The beginning of a digest. */
export const short = (digest) => (digest ?? "").slice(0, 12);

/** Singular or plural. */
export const count = (number, one, many = `${one}s`) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** A picture's state in words. */
export const STATES = {
  queued: "waiting",
  working: "rendering",
  retrying: "trying again",
  ready: "ready",
  failed: "failed",
  dead: "dead letter",
  ignored: "ignored",
};
