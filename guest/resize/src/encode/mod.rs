//! From a frame to a file, as a rendition asks.

mod animated;
mod search;
mod webp;

use obscura_picture::encode::{self as files, Extras, Settings, Written};
use obscura_picture::format::Format;
use obscura_picture::frame::Frame;
use obscura_picture::precise::Deep;
use obscura_picture::resample::Chroma;
use obscura_sdk::Error;

use crate::parameters::{self, Goal, Quality, Rendition, Target};

pub(crate) use animated::{Animated, Timing};

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
    Ok(Encoded::plain(Format::Png, files::encode_deep(deep, extras)?).judged(rendition))
}

/// Whether quality makes a difference.
pub(crate) fn is_lossy(format: Format, rendition: &Rendition) -> bool {
    match format {
        Format::Jpeg | Format::Avif => true,
        Format::Webp => !rendition.lossless,
        Format::Png | Format::Gif | Format::Heic | Format::Tiff | Format::Bmp => false,
    }
}

/// Write a frame at this quality.
fn write(
    frame: Frame,
    format: Format,
    quality: u8,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Written, Error> {
    let settings = Settings {
        quality,
        lossless: rendition.lossless,
        chroma: match rendition.chroma {
            parameters::Chroma::Quarter => Chroma::Half,
            parameters::Chroma::Full => Chroma::Full,
        },
        progressive: rendition.progressive,
        effort: rendition.effort.unwrap_or(Settings::EFFORT),
        background: rendition.background.rgb,
    };
    files::encode(frame, format, &settings, extras)
}
