//! Files of several frames, written one after the other.

use std::cell::RefCell;
use std::io::{self, Write};
use std::mem;
use std::rc::Rc;

use ::gif::{DisposalMethod, Encoder, Repeat};
use ::png::{BitDepth, ColorType, Compression, Filter, Info, Writer};
use obscura_sdk::Error;

use super::gif::{fault, rgba, stored};
use super::webp;
use crate::format::Format;
use crate::frame::Frame;
use crate::geometry::Size;
use crate::parameters::Rendition;

/// A file that takes frames.
pub(crate) struct Animated<'a> {
    size: Size,
    rendition: &'a Rendition,
    /// How often it is played; 0 is for ever.
    plays: u32,
    file: File,
}

enum File {
    Gif { encoder: Encoder<Vec<u8>>, before: Vec<u8> },
    Webp { frames: Vec<u8>, transparent: bool },
    Png { writer: Box<Writer<Shared>>, file: Shared },
}

impl<'a> Animated<'a> {
    /// For `count` frames of one size. `format` is one that moves.
    pub(crate) fn new(
        format: Format,
        size: Size,
        count: u32,
        plays: u32,
        rendition: &'a Rendition,
    ) -> Result<Self, Error> {
        let file = match format {
            Format::Gif => {
                let mut encoder =
                    Encoder::new(Vec::new(), size.width as u16, size.height as u16, &[])
                        .map_err(|error| fault(&error))?;
                let repeat = match plays {
                    0 => Repeat::Infinite,
                    plays => Repeat::Finite((plays - 1).min(65_535) as u16),
                };
                // Once is what a file does that says nothing.
                if plays != 1 {
                    encoder.set_repeat(repeat).map_err(|error| fault(&error))?;
                }
                File::Gif { encoder, before: Vec::new() }
            }
            Format::Webp => File::Webp { frames: Vec::new(), transparent: false },
            _ => {
                let file = Shared::default();
                let mut info = Info::with_size(size.width, size.height);
                (info.color_type, info.bit_depth) = (ColorType::Rgba, BitDepth::Eight);
                let writer =
                    ::png::Encoder::with_info(file.clone(), info).and_then(|mut encoder| {
                        encoder.set_compression(Compression::Balanced);
                        encoder.set_filter(Filter::Adaptive);
                        encoder.set_animated(count, plays)?;
                        encoder.write_header()
                    });
                File::Png { writer: Box::new(writer.map_err(|e| png_fault(&e))?), file }
            }
        };
        Ok(Self { size, rendition, plays, file })
    }

    /// Add a frame, which is shown for so many milliseconds.
    pub(crate) fn push(&mut self, frame: Frame, delay: u32) -> Result<(), Error> {
        let (size, rendition) = (self.size, self.rendition);
        match &mut self.file {
            File::Gif { encoder, before } => {
                let now = rgba(&frame);
                let part = changed(before, &now, size);
                let mut stored = stored(&part.cut(&now, size), part.size);
                (stored.left, stored.top) = (part.left as u16, part.top as u16);
                stored.delay = ((delay + 5) / 10).min(65_535) as u16;
                // After a frame with holes the canvas is bare: the next is whole.
                *before = if stored.dispose == DisposalMethod::Keep { now } else { Vec::new() };
                encoder.write_frame(&stored).map_err(|error| fault(&error))
            }
            File::Webp { frames, transparent } => {
                *transparent |= frame.kind.has_alpha();
                let quality = rendition.quality.number();
                let mut body = vec![0; 6]; // At the upper left corner.
                body.extend(webp::three(size.width - 1));
                body.extend(webp::three(size.height - 1));
                body.extend(webp::three(delay.min(0xff_ffff)));
                body.push(2); // In place of what was there, and it stays.
                body.extend(webp::picture(frame, quality, rendition.lossless)?);
                webp::chunk(frames, b"ANMF", &body);
                Ok(())
            }
            File::Png { writer, .. } => {
                let written = writer
                    .set_frame_delay(delay.min(65_535) as u16, 1000)
                    .and_then(|()| writer.write_image_data(&rgba(&frame)));
                written.map_err(|error| png_fault(&error))
            }
        }
    }

    /// The file.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Error> {
        match self.file {
            File::Gif { encoder, .. } => encoder
                .into_inner()
                .map_err(|error| Error::Internal(format!("writing GIF: {error}"))),
            File::Webp { frames, transparent } => {
                let flags = webp::ANIMATED | webp::transparent(transparent);
                let mut chunks = webp::canvas(self.size, flags);
                let mut animation = vec![0; 4]; // The background, which is not shown.
                animation.extend((self.plays.min(65_535) as u16).to_le_bytes());
                webp::chunk(&mut chunks, b"ANIM", &animation);
                chunks.extend(frames);
                Ok(webp::file(&chunks))
            }
            File::Png { writer, file } => {
                writer.finish().map_err(|error| png_fault(&error))?;
                Ok(mem::take(&mut *file.0.borrow_mut()))
            }
        }
    }
}

fn png_fault(error: &::png::EncodingError) -> Error {
    Error::Internal(format!("writing PNG: {error}"))
}

/// A buffer that a writer fills and that is still there when the writer is gone.
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

/// A part of a picture.
#[derive(Debug, PartialEq)]
struct Part {
    left: usize,
    top: usize,
    size: Size,
}

impl Part {
    fn cut(&self, rgba: &[u8], of: Size) -> Vec<u8> {
        let rows = rgba.chunks_exact((of.width as usize * 4).max(1)).skip(self.top);
        let (from, to) = (self.left * 4, (self.left + self.size.width as usize) * 4);
        let rows = rows.take(self.size.height as usize);
        rows.flat_map(|row| row.get(from..to).unwrap_or(&[])).copied().collect()
    }
}

/// The part in which two pictures differ; all of it if there is only one, one
/// pixel if they are the same.
fn changed(before: &[u8], now: &[u8], size: Size) -> Part {
    let whole = Part { left: 0, top: 0, size };
    if before.len() != now.len() {
        return whole;
    }
    let pixels = before.as_chunks::<4>().0.iter().zip(now.as_chunks::<4>().0);
    let width = (size.width as usize).max(1);
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    for (index, (before, now)) in pixels.enumerate() {
        if before != now {
            // A hole cannot be drawn over what stays.
            if now[3] != 255 {
                return whole;
            }
            let (x, y) = (index % width, index / width);
            (left, right) = (left.min(x), right.max(x));
            (top, bottom) = (top.min(y), bottom.max(y));
        }
    }
    if left > right {
        return Part { left: 0, top: 0, size: Size::new(1, 1) };
    }
    Part { left, top, size: Size::new((right - left + 1) as u32, (bottom - top + 1) as u32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_stored() {
        let size = Size::new(4, 3);
        let before = vec![255; 4 * 3 * 4];
        let mut now = before.clone();
        assert_eq!(changed(&before, &now, size).size, Size::new(1, 1));
        now[(4 + 2) * 4] = 0;
        now[(2 * 4 + 1) * 4] = 0;
        let part = changed(&before, &now, size);
        assert_eq!(part, Part { left: 1, top: 1, size: Size::new(2, 2) });
        assert_eq!(part.cut(&now, size)[4..8], [0, 255, 255, 255]);
        assert_eq!(changed(&[], &now, size).size, size);
    }
}
