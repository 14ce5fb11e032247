//! The pixels of a ThumbHash (<https://evanw.github.io/thumbhash/>).

use std::f64::consts::PI;

/// Decode an opaque one, at any size, in the order of a bitmap: blue, green, red, the last row
/// first. None if it is truncated or not opaque. The steps are those of host/page/src/thumbhash.js,
/// so that the bytes are the same.
pub(super) fn raster(hash: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let byte = |at: usize| hash.get(at).copied().map(u32::from);
    let first = byte(0)? | byte(1)? << 8 | byte(2)? << 16;
    let second = byte(3)? | byte(4)? << 8;
    if first >> 23 != 0 {
        return None;
    }
    let side = (second & 7).max(3);
    let (across, down) = if second >> 15 == 1 { (7, side) } else { (side, 7) };
    let mut nibbles = (10..).map_while(|at| Some(bits(byte(at / 2)?, at as u32 % 2 * 4, 15)));
    // Saturation is raised by a quarter, which compensates for the rounding.
    let (p, q) = (bits(second, 3, 63) * 1.25, bits(second, 9, 63) * 1.25);
    let l = channel(bits(first, 0, 63), across, down, bits(first, 18, 31), &mut nibbles)?;
    let p = channel(bits(first, 6, 63) * 2.0 - 1.0, 3, 3, p, &mut nibbles)?;
    let q = channel(bits(first, 12, 63) * 2.0 - 1.0, 3, 3, q, &mut nibbles)?;

    let mut pixels = Vec::new();
    for row in (0..height).rev() {
        for column in 0..width {
            let [l, p, q] = [&l, &p, &q].map(|waves| {
                waves.iter().fold(0.0, |sum, Wave { x, y, amount }| {
                    sum + amount
                        * (PI / f64::from(width) * (f64::from(column) + 0.5) * x).cos()
                        * (PI / f64::from(height) * (f64::from(row) + 0.5) * y).cos()
                })
            });
            let blue = l - (2.0 / 3.0) * p;
            let red = (3.0 * l - blue + q) / 2.0;
            pixels.extend([blue, red - q, red].map(|value| (255.0 * value.clamp(0.0, 1.0)) as u8));
        }
    }
    Some(pixels)
}

/// The basis function with `x` half waves horizontally and `y` vertically.
struct Wave {
    x: f64,
    y: f64,
    amount: f64,
}

/// A bit field as a fraction of its maximum.
fn bits(value: u32, shift: u32, most: u32) -> f64 {
    f64::from(value >> shift & most) / f64::from(most)
}

/// The coefficients of a channel; the first is its mean.
fn channel(
    mean: f64,
    across: u32,
    down: u32,
    scale: f64,
    nibbles: &mut impl Iterator<Item = f64>,
) -> Option<Vec<Wave>> {
    let mut waves = vec![Wave { x: 0.0, y: 0.0, amount: mean }];
    for y in 0..down {
        let across = (u32::from(y == 0)..).take_while(|x| x * down < across * (down - y));
        for x in across {
            let amount = (nibbles.next()? * 2.0 - 1.0) * scale * 2.0;
            waves.push(Wave { x: f64::from(x), y: f64::from(y), amount });
        }
    }
    Some(waves)
}
