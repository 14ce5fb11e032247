//! Tokens: pixels, and copies of pixels.

/// The longest copy.
pub(crate) const LONGEST: usize = 4095;
/// The largest distance of a copy, in pixels.
pub(crate) const FARTHEST: usize = (1 << 20) - 120;

/// A pixel, or a copy of earlier pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token(u32);

impl Token {
    pub(crate) const PIXEL: Self = Self(1 << 20);

    pub(crate) fn copy(length: usize, distance: usize) -> Self {
        Self((length << 20 | distance) as u32)
    }

    pub(crate) fn length(self) -> usize {
        (self.0 >> 20) as usize
    }

    /// The distance of a copy; 0 for a pixel.
    pub(crate) fn distance(self) -> usize {
        (self.0 & 0xf_ffff) as usize
    }
}
