//! Files of several frames, written one after the other.

use obscura_picture::encode::{AnimatedGif, AnimatedPng, Extras};
use obscura_picture::format::Format;
use obscura_picture::frame::Frame;
use obscura_picture::geometry::Size;
use obscura_sdk::Error;

use super::file::{Encoded, effort};
use super::webp::Frames;
use crate::parameters::Rendition;

/// A file that takes frames.
pub(crate) enum Animated<'a> {
    Gif(AnimatedGif, &'a Rendition),
    Webp(Frames<'a>),
    Png(AnimatedPng, &'a Rendition),
}

/// What is known of an animation before its frames.
#[derive(Clone, Copy)]
pub(crate) struct Timing {
    /// How many frames it has.
    pub(crate) count: u32,
    /// How often it is played; 0 is for ever.
    pub(crate) plays: u32,
}

impl<'a> Animated<'a> {
    /// For frames of one size. `format` is one that moves.
    pub(crate) fn new(
        format: Format,
        size: Size,
        timing: Timing,
        rendition: &'a Rendition,
        extras: Extras<'a>,
    ) -> Result<Self, Error> {
        Ok(match format {
            Format::Gif => Self::Gif(AnimatedGif::new(size, timing.plays)?, rendition),
            Format::Webp => Self::Webp(Frames::new(size, timing.plays, rendition, extras)),
            _ => Self::Png(
                AnimatedPng::new(size, timing.count, timing.plays, effort(rendition), extras)?,
                rendition,
            ),
        })
    }

    /// Add a frame, which is shown for so many milliseconds.
    pub(crate) fn push(&mut self, frame: Frame, delay: u32) -> Result<(), Error> {
        match self {
            Self::Gif(file, _) => file.push(&frame, delay),
            Self::Webp(file) => file.push(frame, delay),
            Self::Png(file, _) => file.push(&frame, delay),
        }
    }

    /// The file.
    pub(crate) fn finish(self) -> Result<Encoded, Error> {
        match self {
            Self::Gif(file, asked) => Ok(Encoded::plain(Format::Gif, file.finish()?).judged(asked)),
            Self::Webp(file) => file.finish(),
            Self::Png(file, asked) => Ok(Encoded::plain(Format::Png, file.finish()?).judged(asked)),
        }
    }
}
