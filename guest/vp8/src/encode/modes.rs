//! How a block's modes are written (RFC 6386, sections 8, 11 and 16).

use super::Encoder;
use super::bits::BitWriter;
use super::tokens::BitCost;
use crate::predict::{DC, HORIZONTAL, TRUE_MOTION, VERTICAL};
use crate::tables::MODES;

/// How a block is coded.
pub(super) struct Choice {
    /// The mode of the whole, or of its parts.
    pub(super) whole: Option<usize>,
    pub(super) parts: [usize; 16],
    pub(super) chroma: usize,
    pub(super) empty: bool,
}

/// What a sub-block's mode costs, in 256ths of a bit, by the mode above and to the left.
pub(super) fn sub_mode_costs(bit: &BitCost) -> Vec<[u16; 10]> {
    let costs = MODES.as_flattened().iter().map(|probabilities| {
        std::array::from_fn(|mode| {
            let mut cost = 0;
            write_sub_mode(mode, |set, node| {
                cost += bit.of(set, probabilities[node]);
                set
            });
            cost as u16
        })
    });
    costs.collect()
}

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
