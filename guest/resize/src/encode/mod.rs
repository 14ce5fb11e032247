//! From a frame to a file, without metadata.

mod jpeg;
mod png;
mod vp8;
mod webp;

use obscura_sdk::Error;

use crate::colour::flatten;
use crate::format::Format;
use crate::frame::Frame;
use crate::parameters::Rendition;
use crate::resample::Chroma;

/// The samples of chroma that a format stores.
pub(crate) fn chroma_of(format: Format) -> Chroma {
    match format {
        Format::Jpeg | Format::Webp => Chroma::Half,
        Format::Png | Format::Gif => Chroma::Full,
    }
}

/// Encode a frame.
pub(crate) fn encode(
    frame: Frame,
    format: Format,
    rendition: &Rendition,
) -> Result<Vec<u8>, Error> {
    let quality = rendition.quality.clamp(1, 100) as u8;
    match format {
        Format::Jpeg => jpeg::encode(flatten(frame, rendition.background), quality),
        Format::Png => png::encode(&frame),
        Format::Webp => webp::encode(frame, quality),
        Format::Gif => Err(Error::Internal("GIF is not written".into())),
    }
}
