//! Still pictures.

use obscura_picture::Format;
use obscura_picture::decode::{Demand, Header, Picture, decode};
use obscura_picture::frame::Frame;
use obscura_sdk::Error;

use crate::limits::{LIMITS, settings};
use crate::memory::within;

/// Settings of a decoder.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The scale.
    pub scale: f64,
    /// Whether chroma of half the size suffices.
    pub chroma: bool,
    /// Whether damaged pictures are accepted.
    pub damaged: bool,
    /// Whether 16 bits are wanted.
    pub depth: bool,
}

impl Wanted {
    /// The whole picture at full size.
    pub const ALL: Self = Self { scale: 1.0, chroma: false, damaged: false, depth: false };

    /// Chosen by a byte.
    #[must_use]
    pub fn of(byte: u8) -> Self {
        let scale = [1.0, 0.5, 0.26, 0.1][usize::from(byte & 3)];
        let bit = |n: u8| byte >> n & 1 == 1;
        Self { scale, chroma: bit(2), damaged: bit(3), depth: bit(4) }
    }
}

impl Demand for Wanted {
    fn scale(&self, _: Header) -> Result<f64, Error> {
        Ok(self.scale)
    }

    fn takes_chroma(&self, _: Header) -> bool {
        self.chroma
    }

    fn renders_damaged(&self) -> bool {
        self.damaged
    }

    fn takes_depth(&self) -> bool {
        self.depth
    }
}

/// Decodes a file as this format, within the limits, with the settings that its last byte selects;
/// the result must be consistent.
pub fn still(format: Format, file: &[u8]) {
    let wanted = Wanted::of(settings(file));
    within(|| {
        if let Ok(picture) = decode(format, &mut &*file, LIMITS, &wanted) {
            finish(picture, wanted);
        }
    });
}

/// The operations of every transform: orientation, colour conversion, and reading credits.
fn finish(picture: Picture, wanted: Wanted) {
    let Picture { header, frame, profile, metadata, deep, damaged } = picture;
    assert!(wanted.damaged || !damaged, "a damaged picture was given for a whole one");
    assert!(header.size.pixels() <= LIMITS.max_pixels);
    check(&frame);
    if wanted.scale == 1.0 {
        assert_eq!(frame.size, header.size);
    }
    if let Some(deep) = deep {
        assert!(wanted.depth);
        assert_eq!(deep.samples.len() as u64, deep.size.pixels() * deep.kind.planes() as u64);
        if let Some(made) = profile.as_ref().and_then(|profile| profile.convert_deep(&deep)) {
            assert_eq!(made.size, deep.size);
        }
    }
    let (size, alpha) = (frame.size, frame.kind.has_alpha());
    let even = frame.rasters.iter().all(|raster| raster.size == size);
    let frame = match profile.as_ref().and_then(|profile| profile.conversion.as_ref()) {
        Some(conversion) if even => conversion.convert(frame),
        _ => frame,
    };
    check(&frame);
    assert_eq!((frame.size, frame.kind.has_alpha()), (size, alpha));
    check(&header.orientation.upright(frame));
    let _ = metadata.credit();
}

/// A frame must match its header.
///
/// # Panics
/// If it does not.
pub fn check(frame: &Frame) {
    assert!(frame.size.pixels() > 0, "an empty frame");
    assert_eq!(frame.rasters.len(), frame.kind.planes());
    for raster in &frame.rasters {
        assert!(raster.size.pixels() > 0, "an empty plane");
        assert_eq!(raster.samples.len() as u64, raster.size.pixels());
    }
}
