//! The transform that predicts pixels from their neighbours, tile by tile.

use crate::entropy::{logarithms, prices};
use crate::packed::subtract;
use crate::rows::{MODES, residuals};

/// Modes by tile, and the residue.
pub(crate) struct Prediction {
    pub(crate) bits: u32,
    pub(crate) across: usize,
    /// The modes, in green.
    pub(crate) modes: Vec<u32>,
    pub(crate) residuals: Vec<u32>,
}

/// The cost of a residue's channel, by its value.
struct Prices([[u32; 256]; 4]);

impl Prices {
    /// About the logarithm of the size, regardless of the tile's scale.
    fn new() -> Self {
        Self([logarithms(); 4])
    }

    /// Half by the logarithm, half by the frequency of a value.
    fn of_counts(counts: &[[u32; 256]; 4]) -> Self {
        let mut all = [logarithms(); 4];
        for (all, counts) in all.iter_mut().zip(counts) {
            let mut found = [0; 256];
            prices(counts, &mut found);
            for (price, found) in all.iter_mut().zip(found) {
                *price += found;
            }
        }
        Self(all)
    }

    #[inline(always)]
    fn of(&self, pixel: u32) -> u32 {
        let [blue, green, red, opacity] = pixel.to_le_bytes().map(usize::from);
        let [blues, greens, reds, opacities] = &self.0;
        blues[blue] + greens[green] + reds[red] + opacities[opacity]
    }
}

impl Prediction {
    /// Choose a mode for each tile with sides of `1 << bits` pixels.
    pub(crate) fn new(pixels: &[u32], width: usize, bits: u32) -> Self {
        let height = pixels.len() / width;
        let (side, across) = (1 << bits, width.div_ceil(1 << bits));
        let mut prices = Prices::new();
        let mut counts = [[0; 256]; 4];
        let mut left = vec![0; pixels.len()];
        edges(pixels, width, &mut left);
        let mut modes = Vec::with_capacity(across * height.div_ceil(side));
        let mut buffer = vec![0; side];
        for top in (0..height).step_by(side) {
            let rows = top.max(1)..height.min(top + side);
            for start in (0..width).step_by(side) {
                let (start, end) = (start.max(1), width.min(start + side));
                let buffer = &mut buffer[..end.saturating_sub(start)];
                let mut cost = |mode: u8| -> u32 {
                    let row = |y: usize| -> u32 {
                        residuals(mode, pixels, width, y * width + start, buffer);
                        buffer.iter().map(|&pixel| prices.of(pixel)).sum()
                    };
                    rows.clone().map(row).sum()
                };
                let best = (0..MODES as u8).min_by_key(|&mode| cost(mode)).unwrap_or(0);
                modes.push(0xff00_0000 | u32::from(best) << 8);
                for y in rows.clone() {
                    let place = y * width + start;
                    let left = &mut left[place..][..buffer.len()];
                    residuals(best, pixels, width, place, left);
                    for pixel in left {
                        for (counts, value) in counts.iter_mut().zip(pixel.to_le_bytes()) {
                            counts[usize::from(value)] += 1;
                        }
                    }
                }
            }
            prices = Prices::of_counts(&counts);
        }
        Self { bits, across, modes, residuals: left }
    }
}

/// The first row is predicted from the left, the first column from above.
fn edges(pixels: &[u32], width: usize, left: &mut [u32]) {
    left[0] = subtract(pixels[0], 0xff00_0000);
    for x in 1..width {
        left[x] = subtract(pixels[x], pixels[x - 1]);
    }
    for place in (width..pixels.len()).step_by(width) {
        left[place] = subtract(pixels[place], pixels[place - width]);
    }
}
