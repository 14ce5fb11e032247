/**
 * The pixels of an opaque ThumbHash (https://evanw.github.io/thumbhash/) at any size, as a bitmap has them:
 * blue, green, red, the last row first. Undefined if it is truncated or not opaque.
 * @param {string} hash a character for each byte
 * @param {number} width
 * @param {number} height
 */
export const raster = (hash, width, height) => {
  const { PI, cos, max, min } = Math;
  /** @param {number} at */
  const byte = (at) => hash.charCodeAt(at);
  const first = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  const second = byte(3) | (byte(4) << 8);
  const side = max(3, second & 7);
  /**
   * A bit field as a fraction of its maximum.
   * @param {number} value @param {number} shift @param {number} most
   */
  const bits = (value, shift, most) => ((value >> shift) & most) / most;
  let nibble = 10;
  /**
   * The coefficients of a channel, as [across, down, amount]; the first is its mean.
   * @param {number} mean @param {number} nx @param {number} ny @param {number} scale
   */
  const channel = (mean, nx, ny, scale) => {
    const waves = [[0, 0, mean]];
    for (let y = 0; y < ny; y++) {
      for (let x = y ? 0 : 1; x * ny < nx * (ny - y); x++) {
        waves.push([x, y, (bits(byte(nibble >> 1), (nibble++ & 1) * 4, 15) * 2 - 1) * scale * 2]);
      }
    }
    return waves;
  };
  const [across, down] = second >> 15 ? [7, side] : [side, 7];
  // Saturation is raised by a quarter, which compensates for the rounding.
  const channels = [
    channel(bits(first, 0, 63), across, down, bits(first, 18, 31)),
    channel(bits(first, 6, 63) * 2 - 1, 3, 3, bits(second, 3, 63) * 1.25),
    channel(bits(first, 12, 63) * 2 - 1, 3, 3, bits(second, 9, 63) * 1.25),
  ];
  if (first >> 23 || nibble > 2 * hash.length) return;
  const pixels = [];
  for (let row = height; row--; ) {
    for (let column = 0; column < width; column++) {
      const [l, p, q] = channels.map((waves) =>
        waves.reduce(
          (sum, [x, y, amount]) =>
            sum + amount * cos((PI / width) * (column + 0.5) * x) * cos((PI / height) * (row + 0.5) * y),
          0,
        ),
      );
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      for (const value of [blue, red - q, red]) pixels.push(255 * max(0, min(1, value)));
    }
  }
  return pixels;
};
