//! Encoders for animations.

use obscura_picture::encode::{AnimatedGif, AnimatedPng, Extras};
use obscura_picture::format::Format;
use obscura_picture::frame::Frame;
use obscura_picture::geometry::Size;
use obscura_sdk::Error;

use super::file::{Encoded, effort};
use super::webp::Frames;
use crate::parameters::Rendition;

/// An animated file.
pub(crate) enum Animated<'a> {
    Gif(AnimatedGif, &'a Rendition),
    Webp(Frames<'a>),
    Png(AnimatedPng, &'a Rendition),
}

/// The properties of an animation.
#[derive(Clone, Copy)]
pub(crate) struct Timing {
    /// The number of frames.
    pub(crate) count: u32,
    /// The loop count; 0 is forever.
    pub(crate) plays: u32,
}

impl<'a> Animated<'a> {
    /// For frames of one size. `format` must support animation.
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

    /// Add a frame with this duration in milliseconds.
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
