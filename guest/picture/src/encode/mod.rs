//! Encoders from frames to files, with only the given metadata.

mod animated;
#[cfg(feature = "avif")]
mod avif;
mod gif;
mod jpeg;
mod memory;
mod png;
mod settings;
mod video;
mod webp;

use obscura_sdk::Error;

use crate::colour::flatten;
use crate::format::Format;
use crate::frame::Frame;

pub use animated::{AnimatedGif, AnimatedPng, AnimatedWebp};
pub use memory::memory;
pub use png::encode_deep;
pub use settings::{Extras, Settings, Written};

/// Write a frame. A [`Kind::Ycc`](crate::frame::Kind::Ycc) frame may have half of the chroma in
/// each direction for JPEG, AVIF and lossy WebP, and must have full chroma for the others.
///
/// # Errors
/// [`Error::Internal`]: the format cannot be written, or the picture is too large for it (see
/// [`Format::holds`]).
pub fn encode(
    frame: Frame,
    format: Format,
    settings: &Settings,
    extras: Extras<'_>,
) -> Result<Written, Error> {
    let body = match format {
        Format::Jpeg => jpeg::encode(flatten(frame, settings.background), settings, extras),
        Format::Png => png::encode(&frame, settings.effort, extras),
        Format::Webp => webp::encode(frame, settings.quality, settings.lossless, extras),
        Format::Gif => gif::encode(&frame),
        #[cfg(feature = "avif")]
        Format::Avif => return avif::encode(frame, settings, extras),
        #[cfg(not(feature = "avif"))]
        Format::Avif => Err(Error::Internal("AVIF is written by `resize-avif`".into())),
        Format::Heic | Format::Tiff | Format::Bmp => {
            Err(Error::Internal("HEIC, TIFF and BMP are not written".into()))
        }
    };
    body.map(Written::from)
}
