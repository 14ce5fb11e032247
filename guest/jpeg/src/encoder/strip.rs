//! One row of MCUs of one component, padded to whole blocks.

use crate::error::Error;
use crate::plane::Rows;

/// Collects rows until a row of MCUs is full.
pub(crate) struct Strip {
    /// Blocks in an MCU, across and down.
    pub(crate) blocks: (usize, usize),
    /// Blocks with samples, in the whole plane.
    pub(crate) used: (usize, usize),
    pub(crate) stride: usize,
    data: Vec<u8>,
    width: usize,
    /// The first row of blocks in `data`.
    top: usize,
    /// Rows in `data` so far, and remaining rows of the plane.
    filled: usize,
    left: usize,
}

impl Strip {
    pub(crate) fn new(size: (usize, usize), blocks: (usize, usize), across: usize) -> Self {
        let stride = across * blocks.0 * 8;
        Self {
            blocks,
            used: (size.0.div_ceil(8), size.1.div_ceil(8)),
            stride,
            data: vec![0; stride * blocks.1 * 8],
            width: size.0,
            top: 0,
            filled: 0,
            left: size.1,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.filled == self.blocks.1 * 8
    }

    pub(crate) fn clear(&mut self) {
        self.filled = 0;
        self.top += self.blocks.1;
    }

    /// Whether the block has no samples at all; then it costs only an empty block's bits.
    #[inline(always)]
    pub(crate) fn is_padding(&self, x: usize, y: usize) -> bool {
        x >= self.used.0 || self.top + y >= self.used.1
    }

    /// Copies as many rows of `plane` as fit, from row `from` on; returns their number. At the
    /// edges, the last sample and the last row are repeated, which costs the fewest bits.
    pub(crate) fn take(&mut self, plane: &Rows<'_>, from: usize) -> Result<usize, Error> {
        if plane.width != self.width {
            return Err(Error::Usage("a plane's width does not fit the picture"));
        }
        let mut taken = 0;
        while !self.is_full() && self.left > 0 && from + taken < plane.height {
            let row = plane.row(from + taken);
            let Some(last) = row.last() else {
                return Err(Error::Usage("a plane has fewer samples than it says"));
            };
            let at = self.filled * self.stride;
            let to = self.data.get_mut(at..at + self.stride).unwrap_or_default();
            let (samples, padding) = to.split_at_mut(self.width.min(to.len()));
            samples.copy_from_slice(row);
            padding.fill(*last);
            (self.filled, self.left, taken) = (self.filled + 1, self.left - 1, taken + 1);
        }
        if self.left == 0 && self.filled > 0 && !self.is_full() {
            let end = self.filled * self.stride;
            let (rows, rest) = self.data.split_at_mut(end);
            let last = rows.get(end - self.stride..).unwrap_or_default();
            rest.chunks_exact_mut(self.stride).for_each(|r| r.copy_from_slice(last));
            self.filled = self.blocks.1 * 8;
        }
        Ok(taken)
    }

    /// The samples from block (`x`, `y`) on.
    #[inline(always)]
    pub(crate) fn at(&self, x: usize, y: usize) -> &[u8] {
        self.data.get(y * 8 * self.stride + x * 8..).unwrap_or_default()
    }
}
