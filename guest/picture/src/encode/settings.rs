//! Settings and results of encoders.

use crate::frame::Frame;
use crate::resample::Chroma;

/// Settings of encoders. A format ignores those that do not apply to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Quality of JPEG, AVIF and lossy WebP, on libjpeg's scale: 1 (small) to 100 (good).
    pub quality: u8,
    /// Whether WebP is lossless.
    pub lossless: bool,
    /// The chroma subsampling of JPEG and AVIF.
    pub chroma: Chroma,
    /// Whether JPEG is progressive.
    pub progressive: bool,
    /// The effort of AVIF and PNG: 0 (fast) to 10 (small); PNG supports 0 to 5.
    pub effort: u32,
    /// The RGB background of transparent pictures in JPEG.
    pub background: [u8; 3],
}

impl Settings {
    /// The default effort.
    pub const EFFORT: u32 = 2;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quality: 80,
            lossless: false,
            chroma: Chroma::Half,
            progressive: false,
            effort: Self::EFFORT,
            background: [255; 3],
        }
    }
}

/// Metadata of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras<'a> {
    /// A colour profile.
    pub icc: Option<&'a [u8]>,
    /// An EXIF block.
    pub exif: Option<&'a [u8]>,
    /// An XMP packet.
    pub xmp: Option<&'a str>,
}

/// A file, and its decoded picture if the encoder provides it.
#[derive(Debug)]
pub struct Written {
    /// The file.
    pub body: Vec<u8>,
    /// Its decoded picture.
    pub shown: Option<Frame>,
}

impl From<Vec<u8>> for Written {
    fn from(body: Vec<u8>) -> Self {
        Self { body, shown: None }
    }
}
