//! A frame as it is stored.

use std::borrow::Cow;
use std::io::Cursor;

use obscura_sdk::{Error, Limits};

use super::canvas::Area;
use crate::decode::{self, Demand, Picture};
use crate::format::Format;
use crate::geometry::Size;

/// What a parser finds in a file.
pub(super) struct Found<'a> {
    pub(super) size: Size,
    pub(super) plays: u32,
    pub(super) cells: Vec<Cell<'a>>,
}

/// A frame as it is stored.
pub(super) struct Cell<'a> {
    pub(super) area: Area,
    /// The milliseconds that it is shown for.
    pub(super) delay: u32,
    /// Whether what was there shows through it.
    pub(super) blend: bool,
    pub(super) dispose: Dispose,
    /// A file of it alone, in pieces. That of the first frame has the animation's metadata, too.
    pub(super) still: Vec<Cow<'a, [u8]>>,
}

/// What becomes of a frame when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dispose {
    Keep,
    /// Its place becomes transparent, whatever colour the file has for the background: browsers.
    Background,
    /// What was there before it comes back.
    Previous,
}

impl Cell<'_> {
    /// Decode it alone.
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
