//! The stream of a coded picture: an item, or a tile of a grid.

use std::borrow::Cow;

use obscura_sdk::Error;

use super::coded::{Coded, MOST_PIXELS};
use super::container::Container;
use super::fault::{damaged, rare};
use super::sequence::Sequence;
use crate::decode::budget::Budget;
#[cfg(feature = "heic")]
use crate::decode::heic::Hevc;
use crate::geometry::Size;

/// A coded picture: codec and bytes.
pub(super) enum Stream<'a> {
    Av1(Cow<'a, [u8]>),
    #[cfg(feature = "heic")]
    Hevc(Hevc<'a>),
}

/// The memory of the AV1 decoder per pixel in addition to the picture, in bytes: measured, rounded
/// up.
const OF_A_PIXEL: u64 = 1;

impl<'a> Stream<'a> {
    /// Of an item.
    pub(super) fn of(container: &Container<'a>, item: u32) -> Result<Self, Error> {
        match container.kind(item) {
            Some(b"av01") => Ok(Self::Av1(container.bytes(item)?)),
            #[cfg(feature = "heic")]
            Some(b"hvc1") => Ok(Self::Hevc(Hevc::of(container, item)?)),
            #[cfg(not(feature = "heic"))]
            Some(b"hvc1") => Err(rare("coded by HEVC, which the component `resize-heif` reads")),
            Some(other) => {
                Err(rare(&format!("with a picture of type `{}`", String::from_utf8_lossy(other))))
            }
            None => Err(damaged("a picture is missing")),
        }
    }

    /// In bytes.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Av1(stream) => stream.len(),
            #[cfg(feature = "heic")]
            Self::Hevc(stream) => stream.length(),
        }
    }

    /// Its properties.
    pub(super) fn sequence(&self) -> Result<Sequence, Error> {
        match self {
            Self::Av1(stream) => Sequence::of(stream),
            #[cfg(feature = "heic")]
            Self::Hevc(stream) => stream.sequence(),
        }
    }

    /// The coded size, including invisible parts.
    pub(super) fn coded_size(&self) -> Result<Size, Error> {
        match self {
            Self::Av1(_) => Ok(self.sequence()?.size),
            #[cfg(feature = "heic")]
            Self::Hevc(stream) => stream.coded_size(),
        }
    }

    /// Checks the memory for decoding.
    pub(super) fn check(&self, sequence: &Sequence, budget: Budget) -> Result<(), Error> {
        let Size { width, height } = sequence.size;
        match self {
            Self::Av1(_) if sequence.size.pixels() > MOST_PIXELS => {
                Err(Error::LimitExceeded(format!(
                    "the AVIF picture has {width}×{height} pixels, more than the {MOST_PIXELS} that \
                     are decoded at once; make it smaller"
                )))
            }
            _ => budget.pixels(self.coded_size()?),
        }
    }

    /// The memory for a number of decoded pictures of this kind, including the decoding of one.
    pub(super) fn bytes(&self, sequence: &Sequence, count: u64) -> u64 {
        match self {
            Self::Av1(_) => {
                let Sequence { size, depth, chroma, grain, .. } = *sequence;
                // With film grain, the last tile exists twice.
                let tiles = count + u64::from(grain);
                let sample = if depth > 8 { 2 } else { 1 };
                let eighths = chroma.map_or(8, |(across, down)| 8 + 16 / u64::from(across * down));
                // Pictures are padded to blocks of 128 pixels.
                let whole = |side: u32| u64::from(side.next_multiple_of(128));
                whole(size.width) * whole(size.height) * (tiles * sample * eighths / 8 + OF_A_PIXEL)
            }
            #[cfg(feature = "heic")]
            Self::Hevc(stream) => stream.bytes(sequence, count),
        }
    }

    /// Decodes it.
    pub(super) fn decode(&self, sequence: &Sequence, operating_point: u8) -> Result<Coded, Error> {
        match self {
            Self::Av1(stream) => Coded::decode(stream.to_vec(), sequence, operating_point),
            #[cfg(feature = "heic")]
            Self::Hevc(stream) => stream.decode(sequence),
        }
    }
}
