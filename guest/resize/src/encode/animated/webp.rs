//! An animated WebP. Every frame is a whole picture, in place of what was there.

use obscura_sdk::Error;

use super::super::search::bisect;
use super::super::{Encoded, Extras, Written, encode, is_lossy, webp, write};
use crate::format::Format;
use crate::frame::Frame;
use crate::geometry::Size;
use crate::parameters::{Goal, Quality, Rendition};

pub(crate) struct Frames<'a> {
    head: Head<'a>,
    body: Body,
    /// Frames that wait until all are there, as a file of so many bytes needs one quality for all.
    waiting: Option<(u64, Vec<(Frame, u32)>)>,
}

/// What is said of all frames.
struct Head<'a> {
    size: Size,
    plays: u32,
    rendition: &'a Rendition,
    extras: Extras<'a>,
}

/// Frames that are coded.
struct Body {
    chunks: Vec<u8>,
    transparent: bool,
    /// The lowest quality that a search came to.
    found: Option<u8>,
    reached: bool,
}

impl Default for Body {
    fn default() -> Self {
        Self { chunks: Vec::new(), transparent: false, found: None, reached: true }
    }
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
        let head = Head { size, plays, rendition, extras };
        Self { head, body: Body::default(), waiting }
    }

    pub(super) fn push(&mut self, frame: Frame, delay: u32) -> Result<(), Error> {
        if let Some((_, waiting)) = &mut self.waiting {
            waiting.push((frame, delay));
            return Ok(());
        }
        let transparent = frame.kind.has_alpha();
        let file = encode(frame, Format::Webp, self.head.rendition, Extras::default())?;
        self.body.found = self.body.found.into_iter().chain(file.found).min();
        self.body.reached &= file.reached;
        self.body.add(self.head.size, &file.body, transparent, delay);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Encoded, Error> {
        let Self { head, body, waiting } = self;
        let Some((most, frames)) = waiting else {
            let Body { found, reached, .. } = body;
            let file = Encoded { found, reached, ..Encoded::plain(Format::Webp, head.file(&body)) };
            return Ok(if found.is_some() { file } else { file.judged(head.rendition) });
        };
        let make = |quality: u8| -> Result<Written, Error> {
            let mut body = Body::default();
            for (frame, delay) in &frames {
                let extras = Extras::default();
                let file = write(frame.clone(), Format::Webp, quality, head.rendition, extras)?;
                body.add(head.size, &file.body, frame.kind.has_alpha(), *delay);
            }
            Ok(head.file(&body).into())
        };
        let fits = |file: &Written| Ok(file.body.len() as u64 <= most);
        let ((quality, file), reached) = bisect(make, fits, true)?;
        Ok(Encoded { format: Format::Webp, body: file.body, found: Some(quality), reached })
    }
}

impl Body {
    /// Add the picture of a still file.
    fn add(&mut self, size: Size, file: &[u8], transparent: bool, delay: u32) {
        self.transparent |= transparent;
        let mut frame = vec![0; 6]; // At the upper left corner.
        frame.extend(webp::three(size.width - 1));
        frame.extend(webp::three(size.height - 1));
        frame.extend(webp::three(delay.min(0xff_ffff)));
        frame.push(2); // In place of what was there, and it stays.
        frame.extend(webp::picture_of(file));
        webp::chunk(&mut self.chunks, b"ANMF", &frame);
    }
}

impl Head<'_> {
    fn file(&self, body: &Body) -> Vec<u8> {
        let flags = webp::ANIMATED | webp::transparent(body.transparent);
        let mut animation = vec![0; 4]; // The background, which is not shown.
        animation.extend((self.plays.min(65_535) as u16).to_le_bytes());
        let mut chunks = Vec::new();
        webp::chunk(&mut chunks, b"ANIM", &animation);
        chunks.extend(&body.chunks);
        webp::extended(self.size, flags, chunks, self.extras)
    }
}
