//! Quantisation, and the weight of a bit against distortion.

use crate::tables::{AC, DC, ZIGZAG};
use crate::transform::Block;

/// Fractional bits of a step's reciprocal.
const PRECISION: u32 = 17;

/// The steps of one type of block.
#[derive(Clone)]
pub(super) struct Steps {
    pub(super) step: [i32; 16],
    reciprocal: [i32; 16],
    /// Added before rounding down.
    bias: [i32; 16],
}

impl Steps {
    fn new(dc: i32, ac: i32, bias: (i32, i32)) -> Self {
        let of = |first: i32, rest: i32| std::array::from_fn(|i| if i == 0 { first } else { rest });
        let step: [i32; 16] = of(dc, ac);
        let reciprocal = step.map(|step| (1 << PRECISION) / step);
        // In 256ths of a step.
        let bias = of(bias.0, bias.1).map(|bias| bias << (PRECISION - 8));
        Self { step, reciprocal, bias }
    }

    /// The largest level whose size does not exceed the coefficient at `at`.
    pub(super) fn below(&self, at: usize, size: i32) -> i32 {
        (size * self.reciprocal[at]) >> PRECISION
    }

    fn mean(&self) -> i64 {
        i64::from((self.step[0] + 15 * self.step[1] + 8) >> 4)
    }

    /// Levels of a block's coefficients from `first` on, in the order in which they are written.
    /// `block` becomes the reconstructed coefficients.
    pub(super) fn quantise(&self, block: &mut Block, first: usize) -> Levels {
        let mut all = [0; 16];
        for at in 0..16 {
            let level = (block[at].abs() * self.reciprocal[at] + self.bias[at]) >> PRECISION;
            let level = level.min(2047);
            all[at] = if block[at] < 0 { -level } else { level };
        }
        let mut levels = Levels { values: ZIGZAG.map(|at| all[at] as i16), end: 0 };
        levels.values[..first].fill(0);
        levels.end = levels.values.iter().rposition(|&level| level != 0).map_or(0, |last| last + 1);
        for (value, (level, step)) in block.iter_mut().zip(all.iter().zip(&self.step)) {
            *value = level * step;
        }
        levels
    }
}

/// The levels of a block, as written.
#[derive(Clone, Copy, Default)]
pub(super) struct Levels {
    pub(super) values: [i16; 16],
    /// The position after the last one that is not 0.
    pub(super) end: usize,
}

/// All settings derived from the quantiser index.
#[derive(Clone)]
pub(super) struct Quantiser {
    pub(super) index: usize,
    /// Luma, its DC coefficients, chroma.
    pub(super) luma: Steps,
    pub(super) constants: Steps,
    pub(super) chroma: Steps,
    /// The distortion equivalent to a 256th of a bit, for choosing a sub-block's mode, a block's,
    /// chroma's, and between the first two.
    pub(super) lambda4: i64,
    /// The same for the choice of levels, where distortion is that of coefficients.
    pub(super) lambda_levels: i64,
    pub(super) lambda16: i64,
    pub(super) lambda_chroma: i64,
    pub(super) lambda_mode: i64,
    /// The strength of the loop filter.
    pub(super) filter: u32,
}

impl Quantiser {
    /// The index of a quality from 1 to 100, on libwebp's scale.
    pub(super) fn index(quality: u8) -> usize {
        let quality = f64::from(quality) / 100.0;
        let linear = if quality < 0.75 { quality * (2.0 / 3.0) } else { 2.0 * quality - 1.0 };
        (127.0 * (1.0 - linear.cbrt())).clamp(0.0, 127.0) as usize
    }

    /// For an index up to 127.
    pub(super) fn new(index: usize) -> Self {
        let (dc, ac) = (DC[index], AC[index]);
        // The rounding thresholds were found by experiment, at equal SSIMULACRA2.
        let luma = Steps::new(dc, ac, (96, 110));
        let constants = Steps::new(dc * 2, (ac * 155 / 100).max(8), (96, 120));
        let chroma = Steps::new(dc.min(132), ac, (110, 130));
        let (q4, q16, quv) = (luma.mean(), constants.mean(), chroma.mean());
        // Found by experiment, like the rounding.
        let strength = ((ac * 38) >> 8).clamp(0, 63) as u32;
        Self {
            index,
            lambda4: ((3 * q4 * q4) >> 7).max(1),
            lambda_levels: ((8 * q4 * q4) >> 7).max(1),
            lambda16: (3 * q16 * q16).max(1),
            lambda_chroma: ((3 * quv * quv) >> 6).max(1),
            lambda_mode: ((q4 * q4) >> 7).max(1),
            filter: if strength < 2 { 0 } else { strength },
            luma,
            constants,
            chroma,
        }
    }
}
