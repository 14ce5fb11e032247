//! How a block's modes are written (RFC 6386, sections 8, 11 and 16).

use super::bits::BitWriter;
use super::choice::write_sub_mode;
use super::encoder::Encoder;
use crate::predict::{DC, HORIZONTAL, TRUE_MOTION, VERTICAL};
use crate::tables::MODES;

impl Encoder {
    pub(super) fn write_modes(&self, out: &mut BitWriter, skip: u8) {
        let mut above = vec![0; self.across * 4];
        for row in self.choices.chunks(self.across) {
            let mut left = [0; 4];
            for (x, choice) in row.iter().enumerate() {
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
