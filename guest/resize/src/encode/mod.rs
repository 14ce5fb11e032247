//! From a frame to a file, without metadata but for what a rendition keeps.

mod animated;
#[cfg(feature = "avif")]
mod avif;
mod gif;
mod jpeg;
mod png;
mod search;
mod webp;

use obscura_sdk::Error;

use crate::colour::flatten;
use crate::format::Format;
use crate::frame::Frame;
use crate::parameters::{self, Goal, Quality, Rendition, Target};
use crate::precise::Deep;
use crate::resample::Chroma;

pub(crate) use animated::{Animated, Timing};

/// What a file holds beside its pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extras<'a> {
    /// A colour profile.
    pub(crate) icc: Option<&'a [u8]>,
    /// An EXIF block.
    pub(crate) exif: Option<&'a [u8]>,
    /// An XMP packet.
    pub(crate) xmp: Option<&'a str>,
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

    /// What has no quality to search for can be larger than was asked for.
    fn judged(self, rendition: &Rendition) -> Self {
        match rendition.quality {
            Quality::Target(Goal::Bytes(most)) => {
                Self { reached: self.body.len() as u64 <= most, ..self }
            }
            _ => self,
        }
    }
}

/// A file, and what it shows, if whoever coded it knows.
#[derive(Debug)]
struct Written {
    body: Vec<u8>,
    shown: Option<Frame>,
}

impl From<Vec<u8>> for Written {
    fn from(body: Vec<u8>) -> Self {
        Self { body, shown: None }
    }
}

/// The samples of chroma that a rendition is coded from.
pub(crate) fn chroma_of(format: Format, rendition: &Rendition) -> Chroma {
    let searched =
        rendition.format == Target::Auto || matches!(rendition.quality, Quality::Target(_));
    match format {
        Format::Webp if rendition.lossless => Chroma::Full,
        Format::Jpeg | Format::Avif if rendition.chroma == parameters::Chroma::Full => Chroma::Full,
        Format::Jpeg | Format::Webp | Format::Avif if !searched => Chroma::Half,
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
            let file = write(frame, format, quality.number(), rendition, extras)?;
            Ok(Encoded::plain(format, file.body).judged(rendition))
        }
    }
}

/// Encode a picture of 16 bits, as PNG.
pub(crate) fn encode_deep(
    deep: &Deep,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Encoded, Error> {
    Ok(Encoded::plain(Format::Png, png::encode_deep(deep, extras)?).judged(rendition))
}

/// Whether quality makes a difference.
pub(crate) fn is_lossy(format: Format, rendition: &Rendition) -> bool {
    match format {
        Format::Jpeg | Format::Avif => true,
        Format::Webp => !rendition.lossless,
        Format::Png | Format::Gif | Format::Tiff | Format::Bmp => false,
    }
}

fn write(
    frame: Frame,
    format: Format,
    quality: u8,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Written, Error> {
    let body = match format {
        Format::Jpeg => {
            jpeg::encode(flatten(frame, rendition.background), quality, rendition, extras)
        }
        Format::Png => png::encode(&frame, extras),
        Format::Webp => webp::encode(frame, quality, rendition.lossless, extras),
        Format::Gif => gif::encode(&frame),
        #[cfg(feature = "avif")]
        Format::Avif => return avif::encode(frame, quality, rendition, extras),
        #[cfg(not(feature = "avif"))]
        Format::Avif => Err(Error::Internal("AVIF is written by `resize-avif`".into())),
        Format::Tiff | Format::Bmp => Err(Error::Internal("TIFF and BMP are not written".into())),
    };
    body.map(Written::from)
}
