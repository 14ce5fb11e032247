//! From a frame to a file, without metadata but for what is given to be kept.

mod animated;
#[cfg(feature = "avif")]
mod avif;
mod gif;
mod jpeg;
mod png;
mod settings;
mod video;
mod webp;

use obscura_sdk::Error;

use crate::colour::flatten;
use crate::format::Format;
use crate::frame::Frame;

pub use animated::{AnimatedGif, AnimatedPng, AnimatedWebp};
pub use png::encode_deep;
pub use settings::{Extras, Settings, Written};

/// Write a frame. A [`Kind::Ycc`](crate::frame::Kind::Ycc) frame may have half as many samples of
/// chroma in each direction for JPEG, AVIF and lossy WebP, and must have all of them for the others.
///
/// # Errors
/// [`Error::Internal`]: the format is not written, or does not hold the picture (see
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
