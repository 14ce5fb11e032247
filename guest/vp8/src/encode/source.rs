//! The encoder's input.

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
    /// `N` × `N` samples; the last row and column are repeated beyond the edge.
    pub(super) fn block<const N: usize>(&self, x: usize, y: usize, out: &mut [u8]) {
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
