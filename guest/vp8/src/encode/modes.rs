//! How a block's modes are written (RFC 6386, sections 8, 11 and 16).

use super::bits::BitWriter;
use super::choice::write_sub_mode;
use super::encoder::Encoder;
use crate::predict::{DC, HORIZONTAL, TRUE_MOTION, VERTICAL};
use crate::tables::MODES;

impl Encoder {
    /// Write the segments. Returns the probabilities of a block's segment number. None if all are
    /// equal.
    pub(super) fn write_segments(&self, out: &mut BitWriter) -> Option<[u8; 3]> {
        let [first, rest @ ..] = &self.segments.indices;
        if rest.iter().all(|index| index == first) {
            out.put_bits(0, 1);
            return None;
        }
        out.put_bits(0b111, 3); // There are some, with a map and steps.
        out.put_bits(1, 1); // As they are, not as differences.
        for quantiser in &self.quantisers {
            out.put_bits(1, 1);
            out.put_bits(quantiser.index as u32, 7);
            out.put_bits(0, 1);
        }
        for quantiser in &self.quantisers {
            out.put_bits(1, 1);
            out.put_bits(quantiser.filter, 6);
            out.put_bits(0, 1);
        }
        let mut counts = [0_usize; 4];
        self.segments.map.iter().for_each(|&segment| counts[usize::from(segment)] += 1);
        let probability = |zeros: usize, ones: usize| {
            (zeros * 255).checked_div(zeros + ones).unwrap_or(255).clamp(1, 255) as u8
        };
        let [a, b, c, d] = counts;
        let all = [probability(a + b, c + d), probability(a, b), probability(c, d)];
        for probability in all {
            out.put_bits(1, 1);
            out.put_bits(u32::from(probability), 8);
        }
        Some(all)
    }

    pub(super) fn write_modes(&self, out: &mut BitWriter, skip: u8, segments: Option<[u8; 3]>) {
        let mut above = vec![0; self.across * 4];
        for row in self.choices.chunks(self.across) {
            let mut left = [0; 4];
            for (x, choice) in row.iter().enumerate() {
                if let Some(probabilities) = segments {
                    let segment = usize::from(choice.segment);
                    out.put(segment > 1, probabilities[0]);
                    out.put(segment & 1 == 1, probabilities[1 + segment / 2]);
                }
                out.put(choice.empty, skip);
                if out.put(choice.whole.is_some(), 145) {
                    let mode = choice.whole.unwrap_or(DC);
                    let late = mode == TRUE_MOTION || mode == HORIZONTAL;
                    if out.put(late, 156) {
                        out.put(mode == TRUE_MOTION, 128);
                    } else {
                        out.put(mode == VERTICAL, 163);
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
                if out.put(mode != DC, 142) && out.put(mode != VERTICAL, 114) {
                    out.put(mode != HORIZONTAL, 183);
                }
            }
        }
    }
}
