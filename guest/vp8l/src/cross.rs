//! The transform that predicts red from green, and blue from both, tile by tile.

use crate::entropy::logarithms;
use crate::packed::signed;

/// Multipliers of a tile, in 32nds.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Multipliers {
    green_to_red: i8,
    green_to_blue: i8,
    red_to_blue: i8,
}

/// A factor for each of the multipliers.
#[inline(always)]
fn part(multiplier: i8, value: i32) -> i32 {
    (i32::from(multiplier) * value) >> 5
}

impl Multipliers {
    #[inline(always)]
    fn apply(self, pixel: u32) -> u32 {
        let (green, red) = (signed(pixel, 8), signed(pixel, 16));
        let blue = signed(pixel, 0) - part(self.green_to_blue, green) - part(self.red_to_blue, red);
        let red = red - part(self.green_to_red, green);
        pixel & 0xff00_ff00 | (red as u32 & 255) << 16 | blue as u32 & 255
    }

    fn pixel(self) -> u32 {
        let [a, b, c] =
            [self.green_to_red, self.green_to_blue, self.red_to_blue].map(|m| u32::from(m as u8));
        0xff00_0000 | c << 16 | b << 8 | a
    }
}

/// Choose multipliers for each tile and apply them. Returns them as pixels.
pub(crate) fn apply(pixels: &mut [u32], width: usize, bits: u32) -> Vec<u32> {
    let height = pixels.len() / width;
    let side = 1 << bits;
    let prices = logarithms();
    let mut all = Vec::new();
    let mut tile: Vec<[i32; 3]> = Vec::with_capacity(side * side);
    let mut before = Multipliers::default();
    for top in (0..height).step_by(side) {
        let rows = top..height.min(top + side);
        for start in (0..width).step_by(side) {
            let end = width.min(start + side);
            tile.clear();
            for y in rows.clone() {
                let row = &pixels[y * width + start..y * width + end];
                tile.extend(row.iter().map(|&p| [signed(p, 16), signed(p, 8), signed(p, 0)]));
            }
            before = best(&tile, before, &prices);
            all.push(before.pixel());
            for y in rows.clone() {
                for pixel in &mut pixels[y * width + start..y * width + end] {
                    *pixel = before.apply(*pixel);
                }
            }
        }
    }
    all
}

/// The cost of multipliers that differ from the previous tile's, in 64ths of a bit.
const CHANGE: u32 = 64 * 6;

fn best(tile: &[[i32; 3]], before: Multipliers, prices: &[u32; 256]) -> Multipliers {
    // Candidates for one multiplier: the least-squares value and its neighbours.
    let search = |by: usize, of: &[i32], before: i8| -> i8 {
        let (mut product, mut square) = (0_i64, 0_i64);
        for (pixel, &value) in tile.iter().zip(of) {
            product += i64::from(pixel[by] * value);
            square += i64::from(pixel[by] * pixel[by]);
        }
        let near = (32 * product).checked_div(square).unwrap_or(0).clamp(-120, 120) as i8;
        let cost = |multiplier: i8| -> u32 {
            let left = tile.iter().zip(of).map(|(pixel, &value)| {
                prices[(value - part(multiplier, pixel[by])) as usize & 255]
            });
            let change = if multiplier == before { 0 } else { CHANGE };
            left.sum::<u32>() + change
        };
        let all = [before, 0, near, near - 4, near + 4];
        all.into_iter().min_by_key(|&multiplier| cost(multiplier)).unwrap_or(0)
    };
    let red: Vec<i32> = tile.iter().map(|pixel| pixel[0]).collect();
    let mut blue: Vec<i32> = tile.iter().map(|pixel| pixel[2]).collect();
    let green_to_red = search(1, &red, before.green_to_red);
    let green_to_blue = search(1, &blue, before.green_to_blue);
    for (blue, pixel) in blue.iter_mut().zip(tile) {
        *blue -= part(green_to_blue, pixel[1]);
    }
    let red_to_blue = search(0, &blue, before.red_to_blue);
    Multipliers { green_to_red, green_to_blue, red_to_blue }
}
