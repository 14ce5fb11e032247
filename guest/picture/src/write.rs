//! Encodes pictures without metadata, for authors of transforms.

use obscura_sdk::Error;

use crate::colour::whole;
use crate::encode::{self, Extras, Settings};
use crate::format::Format;
use crate::frame::Frame;
use crate::geometry::Size;
use crate::pixels::Pixels;

/// Encode pixels. `quality`, 1 to 100, applies to JPEG and opaque WebP; PNG and transparent WebP
/// are lossless. In JPEG, transparent pixels become white.
///
/// # Errors
/// [`Error::LimitExceeded`], for a picture that is too wide or too high for the format;
/// [`Error::Internal`], for a format that cannot be written.
pub fn encode(pixels: &Pixels, format: Format, quality: u8) -> Result<Vec<u8>, Error> {
    encode_frame(pixels.to_frame(), format, quality)
}

/// Encode a frame, like [`encode`]. A YCbCr frame becomes JPEG without conversion.
///
/// # Errors
/// As of [`encode`].
pub fn encode_frame(frame: Frame, format: Format, quality: u8) -> Result<Vec<u8>, Error> {
    if !format.holds(frame.size) {
        let Size { width, height } = frame.size;
        return Err(Error::LimitExceeded(format!(
            "a picture of {width}×{height} pixels does not fit into {}, which has up to {} each \
             way; choose another format",
            format.media_type(),
            format.max_side()
        )));
    }
    let lossless = format == Format::Webp && frame.kind.has_alpha();
    let settings = Settings { quality: quality.clamp(1, 100), lossless, ..Settings::default() };
    let frame = match format {
        Format::Png | Format::Gif => whole(&frame).into_owned(),
        _ => frame,
    };
    encode::encode(frame, format, &settings, Extras::default()).map(|written| written.body)
}
