//! A block being decoded, with a copy of its surroundings.

use super::content::Content;
use super::modes::Modes;
use super::residue::{Coefficients, add, add_constant};
use super::strip::Canvas;
use crate::predict::{Around, sub_mode, whole};

/// The block's first column; the samples to its left are just before it.
const LEFT: usize = 8;
/// Bytes from row to row: for luma, with four samples to the right of the block, and for chroma.
const LUMA: usize = LEFT + 16 + 8;
const CHROMA: usize = LEFT + 8;
/// The start of the block itself: the first row belongs to the blocks above.
const LUMA_BLOCK: usize = LUMA + LEFT;
const CHROMA_BLOCK: usize = CHROMA + LEFT;

pub(super) struct Square {
    luma: [u8; LUMA * 17],
    chroma: [[u8; CHROMA * 9]; 2],
    /// The last rows of the blocks above, before the loop filter.
    above: Vec<([u8; 16], [[u8; 8]; 2])>,
    has_left: bool,
    has_above: bool,
}

/// Copies `N` samples. The number is constant, so that this is not a call.
#[inline(always)]
fn set<const N: usize>(samples: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(to) = samples.get_mut(at..).and_then(|s| s.first_chunk_mut()) {
        *to = value;
    }
}

#[inline(always)]
fn get<const N: usize>(samples: &[u8], at: usize) -> [u8; N] {
    samples.get(at..).and_then(|s| s.first_chunk()).copied().unwrap_or([0; N])
}

impl Square {
    pub(super) fn new(across: usize) -> Self {
        Self {
            luma: [0; LUMA * 17],
            chroma: [[0; CHROMA * 9]; 2],
            above: vec![([127; 16], [[127; 8]; 2]); across],
            has_left: false,
            has_above: false,
        }
    }

    /// The first block of row `y`: samples outside the picture are grey.
    pub(super) fn start_row(&mut self, y: usize) {
        self.has_above = y > 0;
        // The corner belongs to the row above on the first row, to the column afterwards.
        let corner = if y > 0 { 129 } else { 127 };
        for row in 0..17 {
            self.luma[row * LUMA + LEFT - 1] = if row > 0 { 129 } else { corner };
        }
        for plane in &mut self.chroma {
            for row in 0..9 {
                plane[row * CHROMA + LEFT - 1] = if row > 0 { 129 } else { corner };
            }
        }
    }

    /// Copies the samples above and to the left of block `x`.
    pub(super) fn enter(&mut self, x: usize) {
        self.has_left = x > 0;
        if x > 0 {
            // The row above is still that of the previous block.
            for row in 0..17 {
                self.luma[row * LUMA + LEFT - 1] = self.luma[row * LUMA + LEFT + 15];
            }
            for plane in &mut self.chroma {
                for row in 0..9 {
                    plane[row * CHROMA + LEFT - 1] = plane[row * CHROMA + LEFT + 7];
                }
            }
        }
        let (luma, chroma) = self.above[x];
        set(&mut self.luma, LEFT, luma);
        for (plane, above) in self.chroma.iter_mut().zip(chroma) {
            set(plane, LEFT, above);
        }
        // All four rows of sub-blocks use the same samples above and to the right.
        let right: [u8; 4] = match self.above.get(x + 1) {
            Some((next, _)) => get(next, 0),
            None => [luma[15]; 4],
        };
        for row in [0, 4, 8, 12] {
            set(&mut self.luma, row * LUMA + LEFT + 16, right);
        }
    }

    /// Predicts luma, adds the coefficients, and resets them to zero.
    #[inline(never)]
    pub(super) fn luma(
        &mut self,
        modes: &Modes,
        coefficients: &mut [Coefficients; 24],
        content: &[Content; 24],
    ) {
        let square = &mut self.luma;
        if let Some(mode) = modes.whole {
            let around = Around::<16> {
                corner: square[LEFT - 1],
                above: get(square, LEFT),
                left: std::array::from_fn(|row| square[(row + 1) * LUMA + LEFT - 1]),
                has_left: self.has_left,
                has_above: self.has_above,
            };
            for (row, samples) in whole(mode, &around).into_iter().enumerate() {
                set(square, LUMA_BLOCK + row * LUMA, samples);
            }
        }
        for i in 0..16 {
            let at = LUMA_BLOCK + (i >> 2) * 4 * LUMA + (i & 3) * 4;
            if modes.whole.is_none() {
                let above: [u8; 9] = get(square, at - LUMA - 1);
                let mut edge = [0; 13];
                for row in 0..4 {
                    edge[3 - row] = square[at + row * LUMA - 1];
                }
                set(&mut edge, 4, above);
                let samples = sub_mode(usize::from(modes.parts[i]), &edge);
                for (row, samples) in samples.as_chunks::<4>().0.iter().enumerate() {
                    set(square, at + row * LUMA, *samples);
                }
            }
            finish(&mut coefficients[i], content[i], &mut square[at..], LUMA);
        }
    }

    /// The same for chroma.
    #[inline(never)]
    pub(super) fn chroma(
        &mut self,
        mode: usize,
        coefficients: &mut [Coefficients; 24],
        content: &[Content; 24],
    ) {
        for (index, square) in self.chroma.iter_mut().enumerate() {
            let around = Around::<8> {
                corner: square[LEFT - 1],
                above: get(square, LEFT),
                left: std::array::from_fn(|row| square[(row + 1) * CHROMA + LEFT - 1]),
                has_left: self.has_left,
                has_above: self.has_above,
            };
            for (row, samples) in whole(mode, &around).into_iter().enumerate() {
                set(square, CHROMA_BLOCK + row * CHROMA, samples);
            }
            for i in 0..4 {
                let at = CHROMA_BLOCK + (i >> 1) * 4 * CHROMA + (i & 1) * 4;
                let block = 16 + index * 4 + i;
                finish(&mut coefficients[block], content[block], &mut square[at..], CHROMA);
            }
        }
    }

    /// Moves the block to the canvas, and its last row to `above`.
    pub(super) fn leave(&mut self, x: usize, canvas: &mut Canvas) {
        let rows: [[u8; 16]; 16] =
            std::array::from_fn(|row| get(&self.luma, LUMA_BLOCK + row * LUMA));
        canvas.put_luma(x, &rows);
        let chroma = [0, 1].map(|index| -> [[u8; 8]; 8] {
            let plane = &self.chroma[index];
            std::array::from_fn(|row| get(plane, CHROMA_BLOCK + row * CHROMA))
        });
        canvas.put_chroma(x, &chroma);
        // Block x + 1 needs the corner, which is above[x] as it was; it is in the square already.
        self.above[x] = (rows[15], [chroma[0][7], chroma[1][7]]);
    }
}

#[inline(always)]
fn finish(block: &mut Coefficients, content: Content, samples: &mut [u8], stride: usize) {
    match content {
        Content::Nothing => {}
        Content::Constant => {
            add_constant(block[0], samples, stride);
            block[0] = 0;
        }
        Content::Full => {
            add(block, samples, stride);
            *block = [0; 16];
        }
    }
}
