//! A finished file, and how it is written at one quality.

use obscura_picture::encode::{self as files, Extras, Settings, Written};
use obscura_picture::format::Format;
use obscura_picture::frame::Frame;
use obscura_picture::resample::Chroma;
use obscura_sdk::Error;

use crate::parameters::{self, Goal, Quality, Rendition, Target};

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
    pub(super) fn plain(format: Format, body: Vec<u8>) -> Self {
        Self { format, body, found: None, reached: true }
    }

    /// What has no quality to search for can be larger than was asked for.
    pub(super) fn judged(self, rendition: &Rendition) -> Self {
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

/// Whether quality makes a difference.
pub(super) fn is_lossy(format: Format, rendition: &Rendition) -> bool {
    match format {
        Format::Jpeg | Format::Avif => true,
        Format::Webp => !rendition.lossless,
        Format::Png | Format::Gif | Format::Heic | Format::Tiff | Format::Bmp => false,
    }
}

/// How much time a file may take to become smaller.
pub(super) fn effort(rendition: &Rendition) -> u32 {
    rendition.effort.unwrap_or(Settings::EFFORT)
}

/// Write a frame at this quality.
pub(super) fn write(
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
        effort: effort(rendition),
        background: rendition.background.rgb,
    };
    files::encode(frame, format, &settings, extras)
}
