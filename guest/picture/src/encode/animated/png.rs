//! An animated PNG. Every frame replaces the whole canvas.

use std::cell::RefCell;
use std::io::{self, Write};
use std::mem;
use std::rc::Rc;

use ::png::{BitDepth, ColorType, Encoder, EncodingError, Info, Writer};
use obscura_sdk::Error;

use super::super::gif::rgba;
use super::super::png;
use super::super::settings::Extras;
use crate::frame::Frame;
use crate::geometry::Size;

/// An animated PNG.
pub struct Frames {
    writer: Box<Writer<Shared>>,
    file: Shared,
}

impl Frames {
    /// For `count` frames of one size, with this loop count; 0 is forever. `effort` is that of
    /// [`Settings`](super::super::Settings).
    ///
    /// # Errors
    /// [`Error::Internal`], from the encoder.
    pub fn new(
        size: Size,
        count: u32,
        plays: u32,
        effort: u32,
        extras: Extras<'_>,
    ) -> Result<Self, Error> {
        let file = Shared::default();
        let mut info = Info::with_size(size.width, size.height);
        (info.color_type, info.bit_depth) = (ColorType::Rgba, BitDepth::Eight);
        info.icc_profile = extras.icc.map(|icc| icc.to_vec().into());
        let writer = Encoder::with_info(file.clone(), info).and_then(|mut encoder| {
            let (compression, filter) = png::way(effort);
            encoder.set_compression(compression);
            encoder.set_filter(filter);
            encoder.set_animated(count, plays)?;
            let mut writer = encoder.write_header()?;
            png::attach(&mut writer, extras)?;
            Ok(writer)
        });
        Ok(Self { writer: Box::new(writer.map_err(|error| fault(&error))?), file })
    }

    /// Add a frame with this duration in milliseconds.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn push(&mut self, frame: &Frame, delay: u32) -> Result<(), Error> {
        let (part, of) = fraction(delay);
        let written = self
            .writer
            .set_frame_delay(part, of)
            .and_then(|()| self.writer.write_image_data(&rgba(frame)));
        written.map_err(|error| fault(&error))
    }

    /// The file.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.writer.finish().map_err(|error| fault(&error))?;
        Ok(mem::take(&mut *self.file.0.borrow_mut()))
    }
}

/// Milliseconds as a fraction of a second, in 16-bit numbers.
fn fraction(delay: u32) -> (u16, u16) {
    let whole = |part: u32, of: u16| u16::try_from(part).map(|part| (part, of));
    whole(delay, 1000)
        .or_else(|_| whole((delay + 5) / 10, 100))
        .or_else(|_| whole((delay + 500) / 1000, 1))
        .unwrap_or((u16::MAX, 1))
}

fn fault(error: &EncodingError) -> Error {
    Error::Internal(format!("writing PNG: {error}"))
}

/// A buffer that outlives its writer.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_kept_in_coarser_steps() {
        assert_eq!(fraction(0), (0, 1000));
        assert_eq!(fraction(65_535), (65_535, 1000));
        assert_eq!(fraction(65_540), (6554, 100));
        assert_eq!(fraction(0xff_ffff), (16_777, 1));
        assert_eq!(fraction(655_350_000), (u16::MAX, 1));
    }
}
