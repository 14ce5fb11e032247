//! How a block is coded, and the cost of its modes.

use super::tokens::BitCost;
use crate::tables::MODES;

/// How a block is coded.
pub(super) struct Choice {
    /// The mode of the whole block, or of its sub-blocks.
    pub(super) whole: Option<usize>,
    pub(super) parts: [usize; 16],
    pub(super) chroma: usize,
    pub(super) empty: bool,
    pub(super) segment: u8,
}

/// The cost of a sub-block's mode, in 256ths of a bit, by the mode above and to the left.
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

/// The bits of a sub-block's mode, at the nodes of its tree.
pub(super) fn write_sub_mode(mode: usize, mut put: impl FnMut(bool, usize) -> bool) {
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
