//! Stored frames.

use std::borrow::Cow;
use std::io::Cursor;

use obscura_sdk::{Error, Limits};

use super::canvas::Area;
use crate::decode::{self, Demand, Picture};
use crate::format::Format;
use crate::geometry::Size;

/// The result of parsing a file.
pub(super) struct Found<'a> {
    pub(super) size: Size,
    pub(super) plays: u32,
    pub(super) cells: Vec<Cell<'a>>,
}

/// A stored frame.
pub(super) struct Cell<'a> {
    pub(super) area: Area,
    /// Its duration in milliseconds.
    pub(super) delay: u32,
    /// Whether it is blended with the canvas.
    pub(super) blend: bool,
    pub(super) dispose: Dispose,
    /// A still file with only this frame, in parts. That of the first frame includes the
    /// animation's metadata.
    pub(super) still: Vec<Cow<'a, [u8]>>,
}

/// The disposal of a frame after its duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dispose {
    Keep,
    /// Its rectangle becomes transparent, whatever the file's background colour, as in browsers.
    Background,
    /// The previous content is restored.
    Previous,
}

impl Cell<'_> {
    /// Decode this frame.
    pub(super) fn decode(
        &self,
        format: Format,
        limits: Limits,
        demand: &dyn Demand,
    ) -> Result<Picture, Error> {
        let still = self.still.concat();
        let picture = decode::decode(format, &mut Cursor::new(still), limits, demand)?;
        if picture.header.size != self.area.size {
            let what = "the animation is damaged: a frame is of another size than it says";
            return Err(Error::Malformed(what.into()));
        }
        Ok(picture)
    }
}
