//! The choice of luma's modes.

use obscura_simd::{I16x8, U8x16, rotate_bytes};

use super::Encoder;
use super::quant::Levels;
use super::tokens::{CONSTANTS, LUMA, LUMA_REST};
use super::trellis::Trellis;
use super::trial::{Trial, difference, error, part, put_part};
use crate::predict::sub_modes;
use crate::transform::{Block, forward, forward_constants, inverse, inverse_constants};

/// Prices of a whole block's mode, in 256ths of a bit.
const WHOLE: [u32; 4] = [659, 866, 912, 912];
/// And of coding luma in parts.
const PARTS: u32 = 210;

impl Encoder {
    /// The best of the modes for the whole of luma.
    pub(super) fn whole(&self, source: &[u8; 256], x: usize, y: usize) -> (usize, Trial) {
        let mut modes = [0, 1, 2, 3].map(|mode| {
            let mut samples = [0; 256];
            self.decoded[0].predict::<16>(x * 16, y * 16, mode, &mut samples);
            (difference(source, &samples), mode, samples)
        });
        modes.sort_by_key(|&(difference, mode, _)| (difference, mode));
        let [first, second, ..] = modes;
        let first = (first.1, self.try_whole(source, &first.2, first.1, x));
        let second = (second.1, self.try_whole(source, &second.2, second.1, x));
        let lambda = self.quantiser.lambda16;
        if second.1.score(lambda) < first.1.score(lambda) { second } else { first }
    }

    fn try_whole(
        &self,
        source: &[u8; 256],
        prediction: &[u8; 256],
        mode: usize,
        x: usize,
    ) -> Trial {
        let quantiser = &self.quantiser;
        let mut blocks: [Block; 16] =
            std::array::from_fn(|i| forward(&part::<16>(source, i), &part::<16>(prediction, i)));
        let mut constants = forward_constants(&std::array::from_fn(|i| blocks[i][0]));
        let constant_levels = quantiser.constants.quantise(&mut constants, 0);
        let constants = inverse_constants(&constants);

        let (above, left) = (&self.above_full[x], &self.left_full);
        let mut rate = WHOLE[mode]
            + self.costs.of(
                &constant_levels,
                CONSTANTS,
                usize::from(above[8]) + usize::from(left[8]),
                0,
            );
        let mut full =
            ([above[0], above[1], above[2], above[3]], [left[0], left[1], left[2], left[3]]);
        let mut levels = [Levels::default(); 16];
        let mut samples = [0; 256];
        for (i, block) in blocks.iter_mut().enumerate() {
            levels[i] = quantiser.luma.quantise(block, 1);
            block[0] = constants[i];
            let context = usize::from(full.0[i % 4]) + usize::from(full.1[i / 4]);
            rate += self.costs.of(&levels[i], LUMA_REST, context, 1);
            (full.0[i % 4], full.1[i / 4]) = (levels[i].end > 1, levels[i].end > 1);
            put_part::<16>(&mut samples, i, &inverse(block, &part::<16>(prediction, i)));
        }
        let distortion = error(source, &samples);
        Trial { levels, constants: constant_levels, samples, rate, distortion }
    }

    /// The best modes for luma in parts.
    pub(super) fn parts(&mut self, source: &[u8; 256], x: usize, y: usize) -> ([usize; 16], Trial) {
        let right = self.decoded[0].above_right(x * 16, y * 16);
        let (above, left) = (&self.above_full[x], &self.left_full);
        let mut full =
            ([above[0], above[1], above[2], above[3]], [left[0], left[1], left[2], left[3]]);
        let mut above_modes: [usize; 4] = std::array::from_fn(|i| self.above[x * 4 + i]);
        let mut left_modes = self.left;
        let mut modes = [0; 16];
        let mut trial = Trial {
            levels: [Levels::default(); 16],
            constants: Levels::default(),
            samples: [0; 256],
            rate: PARTS,
            distortion: 0,
        };
        let lambda = self.quantiser.lambda4;
        for (i, chosen) in modes.iter_mut().enumerate() {
            let (column, row) = (i % 4, i / 4);
            let (px, py) = (x * 16 + column * 4, y * 16 + row * 4);
            let target = part::<16>(source, i);
            let edge = self.decoded[0].edge(px, py, (column == 3).then_some(right));
            let predictions = sub_modes(&edge);
            let prices = &self.mode_costs[above_modes[column] * 10 + left_modes[row]];

            let likely = likeliest(&target, &predictions, prices, lambda);
            let context = usize::from(full.0[column]) + usize::from(full.1[row]);
            let mut best: Option<(i64, usize, Levels, [u8; 16], u32, u32)> = None;
            for mode in likely {
                let prediction = &predictions[mode];
                let mut block = forward(&target, prediction);
                let trellis = Trellis {
                    steps: &self.quantiser.luma,
                    costs: &self.costs,
                    kind: LUMA,
                    context,
                    lambda: self.quantiser.lambda_levels,
                };
                let levels = trellis.quantise(&mut block);
                let samples =
                    if levels.end == 0 { *prediction } else { inverse(&block, prediction) };
                let distortion = error(&target, &samples);
                let rate = u32::from(prices[mode]) + self.costs.of(&levels, LUMA, context, 0);
                let score = i64::from(rate) * lambda + 256 * i64::from(distortion);
                if best.as_ref().is_none_or(|best| score < best.0) {
                    best = Some((score, mode, levels, samples, rate, distortion));
                }
            }
            let Some((_, mode, levels, samples, rate, distortion)) = best else { continue };
            trial.rate += rate;
            trial.distortion += distortion;
            trial.levels[i] = levels;
            *chosen = mode;
            (above_modes[column], left_modes[row]) = (mode, mode);
            (full.0[column], full.1[row]) = (levels.end > 0, levels.end > 0);
            put_part::<16>(&mut trial.samples, i, &samples);
            self.decoded[0].set::<4>(px, py, &samples, 4);
        }
        (modes, trial)
    }
}

/// The two likeliest modes of a sub-block, by what they leave after a transform of Hadamard's, which
/// tells better than the differences what it will cost.
fn likeliest(
    target: &[u8; 16],
    predictions: &[[u8; 16]; 10],
    prices: &[u16; 10],
    lambda: i64,
) -> [usize; 2] {
    let mut likely = [(i64::MAX, 0); 2];
    for (eight, first) in [(0, 0), (2, 8)] {
        let left = hadamard(target, std::array::from_fn(|i| &predictions[eight + i]));
        for mode in first..eight + 8 {
            let score = i64::from(left[mode - eight]) * 4 + i64::from(prices[mode]) * lambda / 96;
            if (score, mode) < likely[1] {
                likely[1] = (score, mode);
                likely.sort_unstable();
            }
        }
    }
    likely.map(|(_, mode)| mode)
}

/// For each of eight predictions, the sum of the absolute coefficients of its difference to
/// `target`. They fit 16 bits: no sum is above 64 × 255.
fn hadamard(target: &[u8; 16], predictions: [&[u8; 16]; 8]) -> [i16; 8] {
    // A vector for each sample, a lane for each prediction.
    let pairs = rotate_bytes(rotate_bytes(rotate_bytes(predictions.map(U8x16::load))));
    let mut v: [I16x8; 16] = std::array::from_fn(|i| {
        let pair = pairs[i / 2];
        let samples = if i % 2 == 0 { pair.widen_low() } else { pair.widen_high() };
        samples.sub(I16x8::splat(i16::from(target[i])))
    });
    for step in [1, 2, 4, 8] {
        for i in (0..16).filter(|i| i & step == 0) {
            (v[i], v[i + step]) = (v[i].add(v[i + step]), v[i].sub(v[i + step]));
        }
    }
    v.into_iter().fold(I16x8::splat(0), |sums, v| sums.add(v.abs())).store()
}
