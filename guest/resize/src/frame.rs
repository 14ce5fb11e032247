//! A picture in memory, as planes of samples.

use crate::geometry::Size;

/// What the samples of a frame mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One raster of luminance.
    Luma,
    /// Three rasters, Y, Cb and Cr, full range, as in JPEG. Cb and Cr may have
    /// fewer samples.
    Ycc,
    /// One raster of red, green, blue.
    Rgb,
    /// One raster of red, green, blue, opacity; the colours are premultiplied by
    /// it, or what is hidden would bleed in as a fringe when resized.
    Rgba,
}

impl Kind {
    /// Whether it can be transparent.
    pub(crate) fn has_alpha(self) -> bool {
        self == Self::Rgba
    }
}

/// A rectangle of 8-bit samples, interleaved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Raster {
    pub(crate) size: Size,
    pub(crate) channels: usize,
    /// `size.pixels() × channels` of them.
    pub(crate) samples: Vec<u8>,
    /// How much of the raster the picture covers, in pixels. It is less than
    /// `size` when a picture of 101 columns has 51 columns of chroma, of which
    /// the last is covered by half.
    pub(crate) covered: (f64, f64),
}

impl Raster {
    /// A raster that is covered wholly.
    pub(crate) fn new(size: Size, channels: usize, samples: Vec<u8>) -> Self {
        let covered = (f64::from(size.width), f64::from(size.height));
        Self { size, channels, samples, covered }
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.samples.chunks_exact((self.size.width as usize * self.channels).max(1))
    }
}

/// A picture. Its size is that of its first raster.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) size: Size,
    pub(crate) kind: Kind,
    pub(crate) rasters: Vec<Raster>,
}

impl Frame {
    /// A frame of one raster.
    pub(crate) fn single(kind: Kind, raster: Raster) -> Self {
        Self { size: raster.size, kind, rasters: vec![raster] }
    }

    /// The samples of the first raster: all of them, unless it is [`Kind::Ycc`].
    pub(crate) fn samples(&self) -> &[u8] {
        self.rasters.first().map_or(&[], |raster| &raster.samples)
    }
}
