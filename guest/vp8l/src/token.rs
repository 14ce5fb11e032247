//! What a picture is coded as: pixels, and copies of pixels.

/// The longest copy.
pub(crate) const LONGEST: usize = 4095;
/// The farthest that a copy can come from, in pixels.
pub(crate) const FARTHEST: usize = (1 << 20) - 120;

/// A pixel, or a copy of pixels before it.
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

    /// Where a copy comes from; 0 for a pixel.
    pub(crate) fn distance(self) -> usize {
        (self.0 & 0xf_ffff) as usize
    }
}
