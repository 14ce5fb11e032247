//! How a file is written, and what comes of it.

use crate::frame::Frame;
use crate::resample::Chroma;

/// How a file is written. A format takes what it knows, and ignores the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Quality of JPEG, AVIF and lossy WebP, on libjpeg's scale: 1 (small) to 100 (good).
    pub quality: u8,
    /// Whether WebP is written without loss.
    pub lossless: bool,
    /// How many samples of chroma JPEG and AVIF keep.
    pub chroma: Chroma,
    /// Whether JPEG is written in several scans, coarse to fine.
    pub progressive: bool,
    /// How much time AVIF and PNG take to become smaller: 0 (fast) to 10; PNG knows 0 to 5.
    pub effort: u32,
    /// What shows through in JPEG where a picture is transparent: red, green, blue.
    pub background: [u8; 3],
}

impl Settings {
    /// The effort when none is asked for.
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

/// What a file holds beside its pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras<'a> {
    /// A colour profile.
    pub icc: Option<&'a [u8]>,
    /// An EXIF block.
    pub exif: Option<&'a [u8]>,
    /// An XMP packet.
    pub xmp: Option<&'a str>,
}

/// A file, and what it shows, if whoever coded it knows.
#[derive(Debug)]
pub struct Written {
    /// The file.
    pub body: Vec<u8>,
    /// What a decoder makes of it.
    pub shown: Option<Frame>,
}

impl From<Vec<u8>> for Written {
    fn from(body: Vec<u8>) -> Self {
        Self { body, shown: None }
    }
}
