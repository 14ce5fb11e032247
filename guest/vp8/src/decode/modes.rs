//! How each block is predicted (RFC 6386, sections 8, 10 and 11).

use super::bits::BitReader;
use super::header::Header;
use crate::predict::{AS_SUB_MODE, DC, HORIZONTAL, TRUE_MOTION, VERTICAL};
use crate::tables::MODES;

/// The header of a block, before its tokens.
#[derive(Clone, Copy, Default)]
pub(super) struct Modes {
    pub(super) segment: usize,
    /// Whether it is marked as having no coefficients.
    pub(super) empty: bool,
    /// The mode of the whole of luma; if none, sub-blocks have their own.
    pub(super) whole: Option<usize>,
    pub(super) parts: [u8; 16],
    pub(super) chroma: usize,
}

/// Modes of the sub-blocks above, four per block, and to the left.
pub(super) struct Context {
    above: Vec<[u8; 4]>,
    left: [u8; 4],
}

impl Context {
    pub(super) fn new(across: usize) -> Self {
        Self { above: vec![[0; 4]; across], left: [0; 4] }
    }

    pub(super) fn start_row(&mut self) {
        self.left = [0; 4];
    }

    /// Reads the modes of block `x` of the row.
    #[inline(never)]
    pub(super) fn read(&mut self, bits: &mut BitReader<'_>, header: &Header, x: usize) -> Modes {
        let mut modes = Modes::default();
        if let Some([first, low, high]) = header.segment_map {
            modes.segment = if bits.bit(first) {
                2 + usize::from(bits.bit(high))
            } else {
                usize::from(bits.bit(low))
            };
        }
        modes.empty = header.skip.is_some_and(|probability| bits.bit(probability));
        let above = &mut self.above[x];
        if bits.bit(145) {
            let whole = match bits.bit(156) {
                true if bits.bit(128) => TRUE_MOTION,
                true => HORIZONTAL,
                false if bits.bit(163) => VERTICAL,
                false => DC,
            };
            let part = AS_SUB_MODE[whole] as u8;
            modes.whole = Some(whole);
            (*above, self.left) = ([part; 4], [part; 4]);
        } else {
            for (row, left) in modes.parts.as_chunks_mut::<4>().0.iter_mut().zip(&mut self.left) {
                for (mode, above) in row.iter_mut().zip(above.iter_mut()) {
                    let [a, l] = [*above, *left].map(|mode| usize::from(mode) % 10);
                    *mode = read_sub_mode(bits, &MODES[a][l]);
                    (*above, *left) = (*mode, *mode);
                }
            }
        }
        modes.chroma = match () {
            () if !bits.bit(142) => DC,
            () if !bits.bit(114) => VERTICAL,
            () if bits.bit(183) => TRUE_MOTION,
            () => HORIZONTAL,
        };
        modes
    }
}

/// Walks the tree of a sub-block's modes; see the encoder's `write_sub_mode`.
fn read_sub_mode(bits: &mut BitReader<'_>, p: &[u8; 9]) -> u8 {
    match () {
        () if !bits.bit(p[0]) => 0,
        () if !bits.bit(p[1]) => 1,
        () if !bits.bit(p[2]) => 2,
        () if bits.bit(p[3]) => match () {
            () if !bits.bit(p[6]) => 4,
            () if !bits.bit(p[7]) => 7,
            () => 8 + u8::from(bits.bit(p[8])),
        },
        () if !bits.bit(p[4]) => 3,
        () => 5 + u8::from(bits.bit(p[5])),
    }
}
