//! From a frame to a file, without metadata but for what a rendition keeps.

mod animated;
mod gif;
mod jpeg;
mod png;
mod search;
mod webp;

use obscura_sdk::Error;

use crate::colour::flatten;
use crate::format::Format;
use crate::frame::Frame;
use crate::parameters::{self, Quality, Rendition, Target};
use crate::precise::Deep;
use crate::resample::Chroma;

pub(crate) use animated::Animated;

/// What a file holds beside its pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extras<'a> {
    /// A colour profile.
    pub(crate) icc: Option<&'a [u8]>,
    /// An EXIF block.
    pub(crate) exif: Option<&'a [u8]>,
}

/// A finished file.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) format: Format,
    pub(crate) body: Vec<u8>,
    /// The quality that a search came to.
    pub(crate) found: Option<u8>,
    /// Whether it is as good, or as small, as was asked for.
    pub(crate) reached: bool,
}

impl Encoded {
    fn plain(format: Format, body: Vec<u8>) -> Self {
        Self { format, body, found: None, reached: true }
    }
}

/// The samples of chroma that a rendition is coded from.
pub(crate) fn chroma_of(format: Format, rendition: &Rendition) -> Chroma {
    let searched =
        rendition.format == Target::Auto || matches!(rendition.quality, Quality::Target(_));
    match format {
        Format::Webp if rendition.lossless => Chroma::Full,
        Format::Jpeg if rendition.chroma == parameters::Chroma::Full => Chroma::Full,
        Format::Jpeg | Format::Webp if !searched => Chroma::Half,
        _ => Chroma::Full,
    }
}

/// Encode a frame as a rendition asks, searching for its quality or its format
/// if that is asked for.
pub(crate) fn encode(
    frame: Frame,
    format: Format,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Encoded, Error> {
    if rendition.format == Target::Auto {
        return search::smallest(&frame, rendition, extras);
    }
    match rendition.quality {
        Quality::Target(goal) if is_lossy(format, rendition) => {
            search::reach(&frame, format, goal, rendition, extras)
        }
        quality => {
            let body = write(frame, format, quality.number(), rendition, extras)?;
            Ok(Encoded::plain(format, body))
        }
    }
}

/// Encode a picture of 16 bits, as PNG.
pub(crate) fn encode_deep(deep: &Deep, extras: Extras<'_>) -> Result<Encoded, Error> {
    Ok(Encoded::plain(Format::Png, png::encode_deep(deep, extras)?))
}

/// Whether quality makes a difference.
fn is_lossy(format: Format, rendition: &Rendition) -> bool {
    format == Format::Jpeg || (format == Format::Webp && !rendition.lossless)
}

fn write(
    frame: Frame,
    format: Format,
    quality: u8,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Vec<u8>, Error> {
    match format {
        Format::Jpeg => {
            jpeg::encode(flatten(frame, rendition.background), quality, rendition, extras)
        }
        Format::Png => png::encode(&frame, extras),
        Format::Webp => webp::encode(frame, quality, rendition.lossless, extras),
        Format::Gif => gif::encode(&frame),
        Format::Tiff | Format::Bmp => Err(Error::Internal("TIFF and BMP are not written".into())),
    }
}
