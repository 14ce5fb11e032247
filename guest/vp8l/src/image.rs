//! The encoder's input.

/// A picture's pixels: opacity, red, green and blue, from the highest byte to the lowest.
#[derive(Clone, Debug)]
pub struct Image {
    pub(crate) pixels: Vec<u32>,
    pub(crate) width: usize,
}

impl Image {
    /// The longest side of the format, in pixels.
    pub const MAX_SIDE: usize = 16_383;

    /// From pixels, row by row. None if they are not whole rows, or a side is 0 or above
    /// [`MAX_SIDE`](Self::MAX_SIDE).
    #[must_use]
    pub fn new(width: usize, pixels: Vec<u32>) -> Option<Self> {
        let height = pixels.len().checked_div(width)?;
        let fits = |side: usize| (1..=Self::MAX_SIDE).contains(&side);
        (fits(width) && fits(height) && width * height == pixels.len())
            .then_some(Self { pixels, width })
    }

    pub(crate) fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    pub(crate) fn is_opaque(&self) -> bool {
        self.pixels.iter().all(|pixel| pixel >> 24 == 255)
    }
}
