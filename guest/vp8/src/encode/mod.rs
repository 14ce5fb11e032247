//! A VP8 key frame: the lossy picture of a WebP file (RFC 6386).
//!
//! Each block of 16×16 is predicted from what a decoder will have around it,
//! as a whole or in 4×4 parts, by the mode that is the cheapest in bits and
//! distortion together. What is left is transformed and quantised; its bits are
//! recorded, and written when the probabilities that suit them are known.

mod bits;
mod quant;
mod tokens;

use crate::predict::{AS_SUB_MODE, Plane, sub_modes};
use crate::tables::{MODES, TOKENS};
use crate::transform::{Block, forward, forward_constants, inverse, inverse_constants};
use bits::BitWriter;
use quant::{Levels, Quantiser};
use tokens::{BitCost, CHROMA, CONSTANTS, Costs, LUMA, LUMA_REST, Recorder};

/// One plane of the picture, without gaps between its rows.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// `width` × `height` of them.
    pub samples: &'a [u8],
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Source<'_> {
    /// `N` × `N` samples; the last row and column go on beyond the edge.
    fn block<const N: usize>(&self, x: usize, y: usize, out: &mut [u8]) {
        for (row, out) in out.as_chunks_mut::<N>().0.iter_mut().enumerate() {
            let start = (y + row).min(self.height - 1) * self.width;
            let line = &self.samples[start..start + self.width];
            match line.get(x..x + N) {
                Some(samples) => out.copy_from_slice(samples),
                None => *out = std::array::from_fn(|i| line[(x + i).min(self.width - 1)]),
            }
        }
    }
}

/// Encode planes in the range that video uses, chroma of half the size (rounded
/// up), in a quality from 1 to 100. Width and height are 1 to 16383.
#[must_use]
pub fn encode(planes: [Source<'_>; 3], quality: u8) -> Vec<u8> {
    let mut encoder = Encoder::new(&planes, quality);
    for y in 0..encoder.down {
        encoder.row(&planes, y);
    }
    encoder.finish(planes[0].width, planes[0].height)
}

/// How a block is coded.
struct Choice {
    /// The mode of the whole, or of its parts.
    whole: Option<usize>,
    parts: [usize; 16],
    chroma: usize,
    empty: bool,
}

/// A way to code luma or chroma, and its price.
struct Trial {
    levels: [Levels; 16],
    constants: Levels,
    samples: [u8; 256],
    rate: u32,
    distortion: u32,
}

impl Trial {
    fn score(&self, lambda: i64) -> i64 {
        i64::from(self.rate) * lambda + 256 * i64::from(self.distortion)
    }
}

struct Encoder {
    quantiser: Quantiser,
    bit: BitCost,
    costs: Costs,
    /// Of a sub-block's mode, by the mode above and to the left.
    mode_costs: Vec<[u16; 10]>,
    recorder: Recorder,
    choices: Vec<Choice>,
    across: usize,
    down: usize,
    decoded: [Plane; 3],
    /// Modes of sub-blocks above and to the left.
    above: Vec<usize>,
    left: [usize; 4],
    /// Whether blocks above and to the left have anything in them: four of
    /// luma, two of each chroma, one of constants.
    above_full: Vec<[bool; 9]>,
    left_full: [bool; 9],
}

/// Prices of a whole block's mode, and of chroma's, in 256ths of a bit.
const WHOLE: [u32; 4] = [659, 866, 912, 912];
const CHROMA_MODE: [u32; 4] = [218, 598, 641, 980];
/// And of coding luma in parts.
const PARTS: u32 = 210;

impl Encoder {
    fn new(planes: &[Source<'_>; 3], quality: u8) -> Self {
        let (across, down) = (planes[0].width.div_ceil(16), planes[0].height.div_ceil(16));
        let bit = BitCost::new();
        let mode_costs = MODES.as_flattened().iter().map(|probabilities| {
            std::array::from_fn(|mode| {
                let mut cost = 0;
                write_sub_mode(mode, |set, node| {
                    cost += bit.of(set, probabilities[node]);
                    set
                });
                cost as u16
            })
        });
        Self {
            quantiser: Quantiser::new(quality),
            costs: Costs::new(&TOKENS, &bit),
            mode_costs: mode_costs.collect(),
            bit,
            recorder: Recorder::new(),
            choices: Vec::with_capacity(across * down),
            across,
            down,
            decoded: [
                Plane::new(across * 16, down * 16),
                Plane::new(across * 8, down * 8),
                Plane::new(across * 8, down * 8),
            ],
            above: vec![0; across * 4],
            left: [0; 4],
            above_full: vec![[false; 9]; across],
            left_full: [false; 9],
        }
    }

    fn row(&mut self, planes: &[Source<'_>; 3], y: usize) {
        self.left = [0; 4];
        self.left_full = [false; 9];
        // What was seen so far tells what the rest will cost.
        if y > 0 && y.is_multiple_of(4) {
            self.costs = Costs::new(&self.recorder.table(&self.bit), &self.bit);
        }
        for x in 0..self.across {
            let mut luma = [0; 256];
            planes[0].block::<16>(x * 16, y * 16, &mut luma);
            let mut chroma = [0; 128];
            planes[1].block::<8>(x * 8, y * 8, &mut chroma[..64]);
            planes[2].block::<8>(x * 8, y * 8, &mut chroma[64..]);

            let (whole_mode, whole) = self.whole(&luma, x, y);
            let (parts, divided) = self.parts(&luma, x, y);
            let lambda = self.quantiser.lambda_mode;
            let as_whole = whole.score(lambda) <= divided.score(lambda);
            let (mode, trial) = if as_whole { (Some(whole_mode), whole) } else { (None, divided) };
            let parts = if as_whole { [AS_SUB_MODE[whole_mode]; 16] } else { parts };
            self.decoded[0].set::<16>(x * 16, y * 16, &trial.samples, 16);
            self.above[x * 4..x * 4 + 4].copy_from_slice(&parts[12..]);
            self.left = std::array::from_fn(|row| parts[row * 4 + 3]);

            let (chroma_mode, chroma) = self.chroma(&chroma, x, y);
            self.decoded[1].set::<8>(x * 8, y * 8, &chroma.samples[..64], 8);
            self.decoded[2].set::<8>(x * 8, y * 8, &chroma.samples[64..128], 8);

            let first = usize::from(as_whole);
            let empty = trial.levels.iter().all(|levels| levels.end <= first)
                && (!as_whole || trial.constants.end == 0)
                && chroma.levels[..8].iter().all(|levels| levels.end == 0);
            self.record(x, as_whole, empty, &trial, &chroma);
            self.choices.push(Choice { whole: mode, parts, chroma: chroma_mode, empty });
        }
    }

    /// The best of the modes for the whole of luma.
    fn whole(&self, source: &[u8; 256], x: usize, y: usize) -> (usize, Trial) {
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
    fn parts(&mut self, source: &[u8; 256], x: usize, y: usize) -> ([usize; 16], Trial) {
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

            // The likeliest two by what they leave, then by their true price.
            let mut likely = [(i64::MAX, 0); 2];
            for (mode, prediction) in predictions.iter().enumerate() {
                let left = i64::from(difference(&target, prediction)) * 16;
                let score = left + i64::from(prices[mode]) * lambda / 96;
                let entry = (score, mode);
                if entry < likely[1] {
                    likely[1] = entry;
                    likely.sort_unstable();
                }
            }
            let context = usize::from(full.0[column]) + usize::from(full.1[row]);
            let mut best: Option<(i64, usize, Levels, [u8; 16], u32, u32)> = None;
            for (_, mode) in likely {
                let prediction = &predictions[mode];
                let mut block = forward(&target, prediction);
                let levels = self.quantiser.luma.quantise(&mut block, 0);
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

    /// The best mode for both planes of chroma.
    fn chroma(&self, source: &[u8; 128], x: usize, y: usize) -> (usize, Trial) {
        let mut modes = [0, 1, 2, 3].map(|mode| {
            let mut samples = [0; 128];
            self.decoded[1].predict::<8>(x * 8, y * 8, mode, &mut samples[..64]);
            self.decoded[2].predict::<8>(x * 8, y * 8, mode, &mut samples[64..]);
            (difference(source, &samples), mode, samples)
        });
        modes.sort_by_key(|&(difference, mode, _)| (difference, mode));
        let [first, second, ..] = modes;
        let first = (first.1, self.try_chroma(source, &first.2, first.1, x));
        let second = (second.1, self.try_chroma(source, &second.2, second.1, x));
        let lambda = self.quantiser.lambda_chroma;
        if second.1.score(lambda) < first.1.score(lambda) { second } else { first }
    }

    fn try_chroma(
        &self,
        source: &[u8; 128],
        prediction: &[u8; 128],
        mode: usize,
        x: usize,
    ) -> Trial {
        let (mut above, mut left) = (self.above_full[x], self.left_full);
        let mut trial = Trial {
            levels: [Levels::default(); 16],
            constants: Levels::default(),
            samples: [0; 256],
            rate: CHROMA_MODE[mode],
            distortion: 0,
        };
        // Two planes of 2×2 blocks, one below the other, are 2×4 blocks.
        for i in 0..8 {
            let (column, row) = (4 + i / 4 * 2 + i % 2, 4 + i / 2);
            let predicted = part::<8>(prediction, i);
            let mut block = forward(&part::<8>(source, i), &predicted);
            let levels = self.quantiser.chroma.quantise(&mut block, 0);
            let context = usize::from(above[column]) + usize::from(left[row]);
            trial.rate += self.costs.of(&levels, CHROMA, context, 0);
            (above[column], left[row]) = (levels.end > 0, levels.end > 0);
            put_part::<8>(&mut trial.samples, i, &inverse(&block, &predicted));
            trial.levels[i] = levels;
        }
        trial.distortion = error(source, &trial.samples[..128]);
        trial
    }

    /// Record the levels of a block, and what its neighbours will see of it.
    fn record(&mut self, x: usize, as_whole: bool, empty: bool, luma: &Trial, chroma: &Trial) {
        let (above, left) = (&mut self.above_full[x], &mut self.left_full);
        if empty {
            above[..8].fill(false);
            left[..8].fill(false);
            if as_whole {
                (above[8], left[8]) = (false, false);
            }
            return;
        }
        let (kind, first) = if as_whole { (LUMA_REST, 1) } else { (LUMA, 0) };
        if as_whole {
            let context = usize::from(above[8]) + usize::from(left[8]);
            let full = self.recorder.record(&luma.constants, CONSTANTS, context, 0);
            (above[8], left[8]) = (full, full);
        }
        for (i, levels) in luma.levels.iter().enumerate() {
            let (above, left) = (&mut above[i % 4], &mut left[i / 4]);
            let context = usize::from(*above) + usize::from(*left);
            let full = self.recorder.record(levels, kind, context, first);
            (*above, *left) = (full, full);
        }
        for (i, levels) in chroma.levels.iter().take(8).enumerate() {
            let (above, left) = (&mut above[4 + i / 4 * 2 + i % 2], &mut left[4 + i / 2]);
            let context = usize::from(*above) + usize::from(*left);
            let full = self.recorder.record(levels, CHROMA, context, 0);
            (*above, *left) = (full, full);
        }
    }

    /// The frame: its tag, the header and the modes, the tokens.
    fn finish(self, width: usize, height: usize) -> Vec<u8> {
        let table = self.recorder.table(&self.bit);
        let mut head = BitWriter::new();
        head.put_bits(0, 2); // Colour space, clamping.
        head.put_bits(0, 1); // No segments.
        head.put_bits(0, 1); // The normal filter.
        head.put_bits(self.quantiser.filter, 6);
        head.put_bits(0, 3); // Sharpness.
        head.put_bits(0, 1); // No adjustments of the filter.
        head.put_bits(0, 2); // One partition of tokens.
        head.put_bits(self.quantiser.index as u32, 7);
        head.put_bits(0, 5); // No differences between steps.
        head.put_bits(0, 1); // Probabilities are for this frame.
        Recorder::write_table(&table, &mut head);
        let full = self.choices.iter().filter(|choice| !choice.empty).count();
        let skip = (full * 255 / self.choices.len().max(1)).clamp(1, 255) as u8;
        head.put_bits(1, 1);
        head.put_bits(u32::from(skip), 8);
        self.write_modes(&mut head, skip);
        let head = head.finish();

        let mut body = BitWriter::new();
        self.recorder.write(&table, &mut body);
        let body = body.finish();

        let mut frame = Vec::with_capacity(10 + head.len() + body.len());
        let tag = 1 << 4 | (head.len() as u32) << 5;
        frame.extend_from_slice(&tag.to_le_bytes()[..3]);
        frame.extend_from_slice(&[0x9d, 0x01, 0x2a]);
        frame.extend_from_slice(&(width as u16).to_le_bytes());
        frame.extend_from_slice(&(height as u16).to_le_bytes());
        frame.extend_from_slice(&head);
        frame.extend_from_slice(&body);
        frame
    }

    fn write_modes(&self, out: &mut BitWriter, skip: u8) {
        let mut above = vec![0; self.across * 4];
        for row in self.choices.chunks(self.across) {
            let mut left = [0; 4];
            for (x, choice) in row.iter().enumerate() {
                out.put(choice.empty, skip);
                if out.put(choice.whole.is_some(), 145) {
                    let mode = choice.whole.unwrap_or(crate::predict::DC);
                    let late =
                        mode == crate::predict::TRUE_MOTION || mode == crate::predict::HORIZONTAL;
                    if out.put(late, 156) {
                        out.put(mode == crate::predict::TRUE_MOTION, 128);
                    } else {
                        out.put(mode == crate::predict::VERTICAL, 163);
                    }
                } else {
                    let mut above: [usize; 4] = std::array::from_fn(|i| above[x * 4 + i]);
                    let mut left = left;
                    for (i, &mode) in choice.parts.iter().enumerate() {
                        let probabilities = &MODES[above[i % 4]][left[i / 4]];
                        write_sub_mode(mode, |bit, node| out.put(bit, probabilities[node]));
                        (above[i % 4], left[i / 4]) = (mode, mode);
                    }
                }
                above[x * 4..x * 4 + 4].copy_from_slice(&choice.parts[12..]);
                left = std::array::from_fn(|row| choice.parts[row * 4 + 3]);
                let mode = choice.chroma;
                if out.put(mode != crate::predict::DC, 142)
                    && out.put(mode != crate::predict::VERTICAL, 114)
                {
                    out.put(mode != crate::predict::HORIZONTAL, 183);
                }
            }
        }
    }
}

/// The bits of a sub-block's mode, at the nodes of its tree.
fn write_sub_mode(mode: usize, mut put: impl FnMut(bool, usize) -> bool) {
    // DC, true motion, vertical, horizontal, left-down, right-down,
    // vertical-right, vertical-left, horizontal-down, horizontal-up.
    if put(mode != 0, 0) && put(mode != 1, 1) && put(mode != 2, 2) {
        if !put(!matches!(mode, 3 | 5 | 6), 3) {
            if put(mode != 3, 4) {
                put(mode != 5, 5);
            }
        } else if put(mode != 4, 6) && put(mode != 7, 7) {
            put(mode != 8, 8);
        }
    }
}

/// Sub-block `index` of a block of `N` columns.
fn part<const N: usize>(block: &[u8], index: usize) -> [u8; 16] {
    let first = index / (N / 4) * 4 * N + index % (N / 4) * 4;
    let mut out = [0; 16];
    for (row, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let at = first + row * N;
        out.copy_from_slice(&block[at..at + 4]);
    }
    out
}

fn put_part<const N: usize>(block: &mut [u8], index: usize, samples: &[u8; 16]) {
    let first = index / (N / 4) * 4 * N + index % (N / 4) * 4;
    for (row, samples) in samples.as_chunks::<4>().0.iter().enumerate() {
        let at = first + row * N;
        block[at..at + 4].copy_from_slice(samples);
    }
}

/// The sum of absolute differences.
fn difference(a: &[u8], b: &[u8]) -> u32 {
    a.iter().zip(b).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum()
}

/// The sum of squared differences.
fn error(a: &[u8], b: &[u8]) -> u32 {
    let square = |a: u8, b: u8| {
        let difference = i32::from(a) - i32::from(b);
        (difference * difference) as u32
    };
    a.iter().zip(b).map(|(&a, &b)| square(a, b)).sum()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Encode a picture of a wavy surface and decode it again.
    fn round_trip(width: usize, height: usize, quality: u8) -> (usize, f64) {
        let value = |x: usize, y: usize| {
            let wave = (x as f64 / 9.0).sin() * 50.0 + (y as f64 / 5.0).cos() * 40.0;
            (wave + ((x * 7 + y * 13) % 11) as f64 + 110.0) as u8
        };
        let y: Vec<u8> = (0..width * height).map(|i| value(i % width, i / width)).collect();
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        let grey = vec![128; half_width * half_height];
        let plane = |samples, width, height| Source { samples, width, height };
        let half = plane(&grey, half_width, half_height);
        let frame = encode([plane(&y, width, height), half, half], quality);

        let mut file = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
        file.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        file.extend_from_slice(&frame);
        file.resize(file.len().next_multiple_of(2), 0);
        let size = file.len() as u32 - 8;
        file[4..8].copy_from_slice(&size.to_le_bytes());
        let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).unwrap();
        assert_eq!(decoder.dimensions(), (width as u32, height as u32));
        let mut rgb = vec![0; width * height * 3];
        decoder.read_image(&mut rgb).unwrap();
        let error: f64 = rgb
            .as_chunks::<3>()
            .0
            .iter()
            .zip(&y)
            .map(|(rgb, &y)| {
                let expected = ((f64::from(y) - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0);
                (f64::from(rgb[1]) - expected).powi(2)
            })
            .sum();
        (frame.len(), error / (width * height) as f64)
    }

    #[test]
    fn a_decoder_sees_what_was_encoded() {
        for (width, height) in [(1, 1), (15, 17), (16, 16), (33, 8), (100, 75), (257, 131)] {
            let (_, error) = round_trip(width, height, 90);
            assert!(error < 12.0, "{width}×{height}: {error}");
        }
    }

    #[test]
    fn quality_costs_bytes() {
        let mut before = (0, f64::MAX);
        for quality in [1, 30, 60, 80, 95, 100] {
            let now = round_trip(160, 120, quality);
            assert!(now.0 > before.0 && now.1 < before.1, "{quality}: {now:?} {before:?}");
            before = now;
        }
    }
}
