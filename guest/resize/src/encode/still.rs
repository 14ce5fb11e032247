//! Encodes still pictures.

use obscura_picture::encode::{self as files, Extras};
use obscura_picture::format::Format;
use obscura_picture::frame::Frame;
use obscura_picture::precise::Deep;
use obscura_sdk::Error;

use super::file::{Encoded, effort, is_lossy, write};
use super::search;
use crate::parameters::{Quality, Rendition, Target};

/// Encode a frame in the first of these formats, or in the one with the smallest file for `auto`, with
/// a search for quality if requested.
pub(crate) fn encode(
    frame: Frame,
    formats: &[Format],
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Encoded, Error> {
    if rendition.format == Target::Auto {
        return search::smallest(&frame, formats, rendition, extras);
    }
    let Some(&format) = formats.first() else {
        return Err(Error::Internal("there is no format for the rendition".into()));
    };
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

/// Encode a 16-bit picture as PNG.
pub(crate) fn encode_deep(
    deep: &Deep,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Encoded, Error> {
    let file = files::encode_deep(deep, effort(rendition), extras)?;
    Ok(Encoded::plain(Format::Png, file).judged(rendition))
}
