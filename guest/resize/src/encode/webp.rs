//! An animated WebP, with a search for quality if requested.

use obscura_picture::encode::{AnimatedWebp, Extras, Written};
use obscura_picture::format::Format;
use obscura_picture::frame::Frame;
use obscura_picture::geometry::Size;
use obscura_sdk::Error;

use super::file::{Encoded, is_lossy, write};
use super::search::highest;
use super::still::encode;
use crate::parameters::{Goal, Quality, Rendition};

pub(crate) struct Frames<'a> {
    rendition: &'a Rendition,
    extras: Extras<'a>,
    /// Encoded frames.
    file: AnimatedWebp,
    /// The lowest quality found by a search.
    found: Option<u8>,
    reached: bool,
    /// Frames that are buffered, since a target size needs one quality for all.
    waiting: Option<(u64, Vec<(Frame, u32)>)>,
}

impl<'a> Frames<'a> {
    pub(super) fn new(
        size: Size,
        plays: u32,
        rendition: &'a Rendition,
        extras: Extras<'a>,
    ) -> Self {
        let waiting = match rendition.quality {
            Quality::Target(Goal::Bytes(most)) if is_lossy(Format::Webp, rendition) => {
                Some((most, Vec::new()))
            }
            _ => None,
        };
        let file = AnimatedWebp::new(size, plays);
        Self { rendition, extras, file, found: None, reached: true, waiting }
    }

    pub(super) fn push(&mut self, frame: Frame, delay: u32) -> Result<(), Error> {
        if let Some((_, waiting)) = &mut self.waiting {
            waiting.push((frame, delay));
            return Ok(());
        }
        let transparent = frame.kind.has_alpha();
        let still = encode(frame, &[Format::Webp], self.rendition, Extras::default())?;
        self.found = self.found.into_iter().chain(still.found).min();
        self.reached &= still.reached;
        self.file.push(&still.body, transparent, delay);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Encoded, Error> {
        let Self { rendition, extras, file, found, reached, waiting } = self;
        let Some((most, frames)) = waiting else {
            let body = file.finish(extras);
            let file = Encoded { found, reached, ..Encoded::plain(Format::Webp, body) };
            return Ok(if found.is_some() { file } else { file.judged(rendition) });
        };
        let make = |quality: u8| -> Result<Written, Error> {
            // It has no frames yet.
            let mut file = file.clone();
            for (frame, delay) in &frames {
                let extras = Extras::default();
                let still = write(frame.clone(), Format::Webp, quality, rendition, extras)?;
                file.push(&still.body, frame.kind.has_alpha(), *delay);
            }
            Ok(file.finish(extras).into())
        };
        let ((quality, file), reached) = highest(make, most)?;
        Ok(Encoded { format: Format::Webp, body: file.body, found: Some(quality), reached })
    }
}
