//! Encodes a file at one quality.

use obscura_picture::encode::{self as files, Extras, Settings, Written};
use obscura_picture::format::Format;
use obscura_picture::frame::{Frame, Kind};
use obscura_picture::geometry::Size;
use obscura_picture::resample::Chroma;
use obscura_sdk::Error;

use crate::parameters::{self, Goal, Quality, Rendition, Target};
use crate::score;

/// A finished file.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) format: Format,
    pub(crate) body: Vec<u8>,
    /// The quality found by a search.
    pub(crate) found: Option<u8>,
    /// Whether it meets the requested score or size.
    pub(crate) reached: bool,
}

impl Encoded {
    pub(super) fn plain(format: Format, body: Vec<u8>) -> Self {
        Self { format, body, found: None, reached: true }
    }

    /// A format without a quality setting can exceed the requested size.
    pub(super) fn judged(self, rendition: &Rendition) -> Self {
        match rendition.quality {
            Quality::Target(Goal::Bytes(most)) => {
                Self { reached: self.body.len() as u64 <= most, ..self }
            }
            _ => self,
        }
    }
}

/// The chroma that a rendition is encoded from.
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

/// Whether quality has an effect.
pub(super) fn is_lossy(format: Format, rendition: &Rendition) -> bool {
    match format {
        Format::Jpeg | Format::Avif => true,
        Format::Webp => !rendition.lossless,
        Format::Png | Format::Gif | Format::Heic | Format::Tiff | Format::Bmp => false,
    }
}

/// The effort of encoding.
pub(super) fn effort(rendition: &Rendition) -> u32 {
    rendition.effort.unwrap_or(Settings::EFFORT)
}

/// Whether a picture of this size and kind can be written, within so much memory.
pub(crate) fn fits(
    format: Format,
    size: Size,
    kind: Kind,
    rendition: &Rendition,
    memory: u64,
) -> bool {
    format.holds(size) && needed(format, size, kind, rendition) <= memory
}

/// The bytes of memory that writing takes.
pub(crate) fn needed(format: Format, size: Size, kind: Kind, rendition: &Rendition) -> u64 {
    let scored = rendition.format == Target::Auto
        || matches!(rendition.quality, Quality::Target(Goal::Score(_)));
    let settings = settings(rendition.quality.number(), rendition);
    let compared = if scored { score::memory(size.pixels()) } else { 0 };
    files::memory(format, kind, size, &settings).saturating_add(compared)
}

/// Write a frame at this quality.
pub(super) fn write(
    frame: Frame,
    format: Format,
    quality: u8,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Written, Error> {
    files::encode(frame, format, &settings(quality, rendition), extras)
}

fn settings(quality: u8, rendition: &Rendition) -> Settings {
    Settings {
        quality,
        lossless: rendition.lossless,
        chroma: match rendition.chroma {
            parameters::Chroma::Quarter => Chroma::Half,
            parameters::Chroma::Full => Chroma::Full,
        },
        progressive: rendition.progressive,
        effort: effort(rendition),
        background: rendition.background.rgb,
    }
}
