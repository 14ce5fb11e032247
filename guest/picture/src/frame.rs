//! A picture in memory, as planes of samples.

use crate::geometry::Size;
use crate::range::Range;

/// The colour model of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One plane of luminance.
    Luma,
    /// YCbCr, full range, as in JPEG. Cb and Cr may be subsampled.
    Ycc,
    /// Red, green, blue.
    Rgb,
    /// RGBA with premultiplied colours; otherwise, hidden colours would bleed into edges when
    /// resized.
    Rgba,
}

impl Kind {
    /// The number of planes.
    pub fn planes(self) -> usize {
        match self {
            Self::Luma => 1,
            Self::Ycc | Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Whether it has alpha.
    pub fn has_alpha(self) -> bool {
        self == Self::Rgba
    }

    /// Whether all planes but the first are chroma.
    pub fn has_chroma(self) -> bool {
        self == Self::Ycc
    }
}

/// A plane: a rectangle of 8-bit samples, without gaps between its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    /// Its columns and rows.
    pub size: Size,
    /// `size.pixels()` of them.
    pub samples: Vec<u8>,
    /// The part of the raster that the picture covers, in samples. It is less than `size` if, for
    /// example, a picture of 101 columns has 51 columns of chroma: the last is only half covered.
    pub covered: (f64, f64),
    /// Full coverage, except when a picture is resized.
    pub range: Range,
}

impl Raster {
    /// A fully covered raster.
    pub fn new(size: Size, samples: Vec<u8>) -> Self {
        let covered = (f64::from(size.width), f64::from(size.height));
        Self { size, samples, covered, range: Range::Full }
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.samples.chunks_exact((self.size.width as usize).max(1))
    }
}

/// A picture. Its size is that of its first plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// That of its first plane, in pixels.
    pub size: Size,
    /// The colour model.
    pub kind: Kind,
    /// The planes, as many as `kind` has.
    pub rasters: Vec<Raster>,
}

impl Frame {
    /// A frame of these planes.
    pub fn new(kind: Kind, rasters: Vec<Raster>) -> Self {
        let size = rasters.first().map_or(Size::new(0, 0), |raster| raster.size);
        Self { size, kind, rasters }
    }

    /// The bytes of its samples.
    pub fn bytes(&self) -> u64 {
        self.rasters.iter().map(|raster| raster.samples.len() as u64).sum()
    }

    /// The samples of plane `index`.
    pub fn plane(&self, index: usize) -> &[u8] {
        self.rasters.get(index).map_or(&[], |raster| &raster.samples)
    }
}
