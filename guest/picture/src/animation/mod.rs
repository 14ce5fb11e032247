//! The frames of an animation, each as a complete picture on its canvas.
//!
//! A frame is extracted as a still picture of the same format ([`Cell`]), and decoded like any
//! still picture. Then it is drawn on the [`Canvas`].

mod canvas;
mod cell;
mod gif;
mod png;
mod webp;

use std::io::Cursor;

use obscura_sdk::{Error, Limits};

use crate::decode::{self, Budget, Demand, Header, Picture};
use crate::format::Format;
use crate::frame::Frame;
use crate::geometry::Size;
use canvas::{Area, Canvas};
use cell::{Cell, Dispose, Found};
pub use png::tells_of_frames;

/// An animation, not decoded yet.
pub struct Animation<'a> {
    /// The size of its canvas, before orientation.
    pub size: Size,
    /// The loop count; 0 is forever.
    pub plays: u32,
    cells: Vec<Cell<'a>>,
    file: &'a [u8],
    format: Format,
    limits: Limits,
    /// Whether to render damaged frames as far as possible.
    damaged: bool,
}

impl<'a> Animation<'a> {
    /// The animation in a file. None if the file is of a still picture.
    ///
    /// # Errors
    /// It is an inconsistent animation.
    pub fn open(
        format: Format,
        file: &'a [u8],
        limits: Limits,
        damaged: bool,
    ) -> Result<Option<Self>, Error> {
        let found = match format {
            Format::Gif => gif::frames(file),
            Format::Webp => webp::frames(file)?,
            Format::Png => png::frames(file),
            Format::Jpeg | Format::Avif | Format::Heic | Format::Tiff | Format::Bmp => None,
        };
        let animation = |Found { size, plays, cells }| Self {
            size,
            plays,
            cells,
            file,
            format,
            limits,
            damaged,
        };
        Ok(found.map(animation))
    }

    /// How many frames it has.
    pub fn count(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    /// Check the number of frames, and the pixels over all frames, against the limits.
    pub fn check(&self) -> Result<(), Error> {
        let budget = Budget(self.limits);
        let (size, count) = (self.size, self.count());
        budget.pixels(size)?;
        let Limits { max_frames, max_pixels, .. } = self.limits;
        if count > max_frames {
            return Err(Error::LimitExceeded(format!(
                "the animation has {count} frames, more than the {max_frames} allowed; \
                 shorten it, raise the limit of frames, or keep its first frame alone"
            )));
        }
        // A frame counts as its canvas, or as its stored size, including parts outside of the
        // canvas.
        let own = |cell: &Cell<'_>| cell.area.size.pixels().max(size.pixels());
        if self.cells.iter().fold(0, |sum: u64, cell| sum.saturating_add(own(cell))) > max_pixels {
            return Err(Error::LimitExceeded(format!(
                "the animation has {count} frames of {}×{} pixels, together more than the \
                 {max_pixels} allowed; make it smaller or shorter, raise the limit of pixels, or \
                 keep its first frame alone",
                size.width, size.height
            )));
        }
        // The canvas, its saved content, a frame, and planes made from them.
        let bytes = size.pixels().saturating_mul(20).saturating_add(self.file.len() as u64);
        budget.memory(size, bytes)
    }

    /// Its first frame as a still picture.
    pub fn first(&self, demand: &dyn Demand) -> Result<Picture, Error> {
        let Some(cell) = self.cells.first().filter(|_| self.format == Format::Webp) else {
            return decode::decode(self.format, &mut Cursor::new(self.file), self.limits, demand);
        };
        if cell.area == Area::whole(self.size) {
            return cell.decode(self.format, self.limits, demand);
        }
        Budget(self.limits).pixels(self.size)?;
        Budget(self.limits).memory(self.size, self.size.pixels().saturating_mul(12))?;
        let picture = self.start()?;
        demand.scale(picture.header)?;
        Ok(picture)
    }

    /// Its first frame on the canvas, with the metadata of the whole animation.
    pub fn start(&self) -> Result<Picture, Error> {
        let Some(cell) = self.cells.first() else {
            return Err(Error::Malformed("the animation has no frames".into()));
        };
        let picture = cell.decode(self.format, self.limits, &self.whole())?;
        let mut canvas = Canvas::new(self.size);
        canvas.draw(cell.area, cell.blend, &picture.frame);
        let header = Header { size: self.size, orientation: picture.header.orientation };
        Ok(Picture { header, frame: canvas.shown(), ..picture })
    }

    fn whole(&self) -> Whole {
        Whole { damaged: self.damaged }
    }

    /// Its frames, each with its duration in milliseconds, and whether it is damaged. A frame that
    /// cannot be decoded at all draws nothing.
    pub fn frames(&self) -> impl Iterator<Item = Result<(Frame, u32, bool), Error>> {
        let mut canvas = Canvas::new(self.size);
        let mut last: Option<(&Cell<'_>, Option<Canvas>)> = None;
        self.cells.iter().map(move |cell| {
            match last.take() {
                Some((cell, _)) if cell.dispose == Dispose::Background => canvas.clear(cell.area),
                Some((_, Some(before))) => canvas = before,
                _ => {}
            }
            let before = (cell.dispose == Dispose::Previous).then(|| canvas.clone());
            let damaged = match cell.decode(self.format, self.limits, &self.whole()) {
                Ok(picture) => {
                    canvas.draw(cell.area, cell.blend, &picture.frame);
                    picture.damaged
                }
                Err(Error::Malformed(_)) if self.damaged => true,
                Err(error) => return Err(error),
            };
            last = Some((cell, before));
            Ok((canvas.shown(), cell.delay, damaged))
        })
    }
}

/// A whole picture, with full chroma.
struct Whole {
    damaged: bool,
}

impl Demand for Whole {
    fn renders_damaged(&self) -> bool {
        self.damaged
    }

    fn scale(&self, _: Header) -> Result<f64, Error> {
        Ok(1.0)
    }

    fn takes_chroma(&self, _: Header) -> bool {
        false
    }

    fn takes_depth(&self) -> bool {
        false
    }
}
