//! The choice of luma's modes.

use obscura_simd::{I16x8, U8x16, rotate_bytes};

use super::encoder::Encoder;
use super::quant::Levels;
use super::tokens::{CONSTANTS, LUMA, LUMA_REST};
use super::trellis::Trellis;
use super::trial::{Trial, difference, error, part, put_part};
use crate::predict::sub_modes;
use crate::transform::{Block, forward, forward_constants, inverse, inverse_constants};

/// Costs of a whole block's mode, in 256ths of a bit.
const WHOLE: [u32; 4] = [659, 866, 912, 912];
/// The cost of coding luma in parts.
const PARTS: u32 = 210;

impl Encoder {
    /// The best mode for the whole of luma.
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

/// The two most promising modes of a sub-block, by the Hadamard transform of the residue, which
/// predicts the cost better than the differences do.
fn likeliest(
    target: &[u8; 16],
    predictions: &[[u8; 16]; 10],
    prices: &[u16; 10],
    lambda: i64,
) -> [usize; 2] {
    let [low @ .., _, _] = predictions;
    let [_, _, high @ ..] = predictions;
    let (low, high) = (hadamard(target, low), hadamard(target, high));
    // Scores, and the modes in their low four bits.
    let (mut first, mut second) = (u32::MAX, u32::MAX);
    for mode in 0..10 {
        let left = if mode < 8 { low[mode] } else { high[mode - 2] };
        let score = left as u32 * 4 + u32::from(prices[mode]) * lambda as u32 / 96;
        let next = score << 4 | mode as u32;
        second = second.min(first.max(next));
        first = first.min(next);
    }
    [first as usize & 15, second as usize & 15]
}

/// For each of eight predictions, the sum of the absolute Hadamard coefficients of its difference
/// from `target`. The sums fit into 16 bits: none exceeds 64 × 255.
///
/// A separate, unrolled function: Cranelift would store all vectors before each backward jump, and
/// load them again.
#[inline(never)]
fn hadamard(target: &[u8; 16], predictions: &[[u8; 16]; 8]) -> [i16; 8] {
    // A vector for each sample, a lane for each prediction.
    let pairs = rotate_bytes(rotate_bytes(rotate_bytes(predictions.each_ref().map(U8x16::load))));
    let low = |i: usize| pairs[i].widen_low().sub(I16x8::splat(i16::from(target[2 * i])));
    let high = |i: usize| pairs[i].widen_high().sub(I16x8::splat(i16::from(target[2 * i + 1])));
    let v = [
        [low(0), high(0), low(1), high(1), low(2), high(2), low(3), high(3)],
        [low(4), high(4), low(5), high(5), low(6), high(6), low(7), high(7)],
    ];
    // Sums and differences of samples i and i + 8. Each round rotates the four bits of i by one.
    let round = |[a, b]: [[I16x8; 8]; 2]| {
        let sum = |i: usize| a[i].add(b[i]);
        let difference = |i: usize| a[i].sub(b[i]);
        [
            [
                sum(0),
                difference(0),
                sum(1),
                difference(1),
                sum(2),
                difference(2),
                sum(3),
                difference(3),
            ],
            [
                sum(4),
                difference(4),
                sum(5),
                difference(5),
                sum(6),
                difference(6),
                sum(7),
                difference(7),
            ],
        ]
    };
    let [a, b] = round(round(round(v)));
    // The last round is unnecessary: |a + b| + |a - b| is twice the larger of |a| and |b|.
    let larger = |i: usize| a[i].abs().max(b[i].abs());
    let half = (larger(0).add(larger(1)).add(larger(2)).add(larger(3)))
        .add(larger(4).add(larger(5)).add(larger(6)).add(larger(7)));
    half.add(half).store()
}
