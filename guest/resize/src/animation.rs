//! The frames of an animation, each as it is seen: whole, on its canvas.

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::error::ImageError;
use image::metadata::LoopCount;
use image::{AnimationDecoder, ImageDecoder};
use obscura_sdk::{Error, Limits};

use crate::colour::weighted;
use crate::decode::{Budget, colours_of, sizes_agree};
use crate::format::Format;
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;
use crate::profile::{Declared, Embedded};

/// An animation, of which nothing is decoded yet.
pub(crate) struct Animation<'a> {
    pub(crate) size: Size,
    /// How many frames it says it has.
    pub(crate) count: u32,
    /// How often it is played; 0 is for ever.
    pub(crate) plays: u32,
    /// Its colour profile.
    pub(crate) profile: Option<Arc<Embedded>>,
    frames: image::Frames<'a>,
    format: Format,
}

impl<'a> Animation<'a> {
    /// The animation in a file. None if the file has one frame or cannot move.
    ///
    /// # Errors
    /// It has more frames, or more pixels with all frames counted, than allowed.
    pub(crate) fn open(
        format: Format,
        file: &'a [u8],
        limits: Limits,
    ) -> Result<Option<Self>, Error> {
        let budget = Budget(limits);
        let fault = |error: ImageError| fault(format, &error);
        let input = Cursor::new(file);
        let (size, count, plays, frames);
        let mut icc = None;
        match format {
            Format::Gif => {
                (count, plays) = gif_frames(file);
                let decoder = GifDecoder::new(input).map_err(fault)?;
                size = checked(&decoder, count, budget)?;
                frames = decoder.into_frames();
            }
            Format::Webp => {
                let Ok(told) = image_webp::WebPDecoder::new(Cursor::new(file)) else {
                    return Ok(None);
                };
                count = if told.is_animated() { told.num_frames() } else { 1 };
                if !sizes_agree(file) {
                    let what = "the WebP file is damaged: its sizes contradict";
                    return Err(Error::Malformed(what.into()));
                }
                let mut decoder = WebPDecoder::new(input).map_err(fault)?;
                size = checked(&decoder, count, budget)?;
                plays = plays_of(decoder.loop_count());
                // What is not covered is see-through, whatever the file wishes for.
                let _ = decoder.set_background_color(image::Rgba([0; 4]));
                icc = decoder.icc_profile().ok().flatten();
                frames = decoder.into_frames();
            }
            Format::Png => {
                let decoder = PngDecoder::new(input).map_err(fault)?;
                count = if decoder.is_apng().unwrap_or(false) { png_frames(file) } else { 1 };
                size = checked(&decoder, count, budget)?;
                let decoder = decoder.apng().map_err(fault)?;
                plays = plays_of(decoder.loop_count());
                frames = decoder.into_frames();
            }
            Format::Jpeg | Format::Avif | Format::Tiff | Format::Bmp => return Ok(None),
        }
        let profile = match format {
            Format::Png => colours_of(file)?,
            _ => Embedded::of(icc.map(Declared::Icc), false),
        };
        let profile = profile.map(Arc::new);
        Ok((count > 1).then_some(Self { size, count, plays, profile, frames, format }))
    }

    /// Its frames, each with the milliseconds that it is shown for.
    pub(crate) fn frames(self) -> impl Iterator<Item = Result<(Frame, u32), Error>> + 'a {
        let Self { count, frames, format, .. } = self;
        frames.take(count as usize).map(move |frame| {
            let frame = frame.map_err(|error| fault(format, &error))?;
            let (numerator, denominator) = frame.delay().numer_denom_ms();
            let delay = numerator.checked_div(denominator).unwrap_or(0);
            let buffer = frame.into_buffer();
            let size = Size::new(buffer.width(), buffer.height());
            Ok((planes(buffer.as_raw(), size), delay))
        })
    }
}

/// The size of the canvas, if the animation is within the limits.
fn checked(decoder: &impl ImageDecoder, count: u32, budget: Budget) -> Result<Size, Error> {
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    budget.pixels(size)?;
    let Limits { max_frames, max_pixels, .. } = budget.0;
    if count > max_frames {
        return Err(Error::LimitExceeded(format!(
            "the animation has {count} frames, more than the {max_frames} allowed; \
             shorten it, raise the limit of frames, or keep its first frame alone"
        )));
    }
    if size.pixels().saturating_mul(count.into()) > max_pixels {
        return Err(Error::LimitExceeded(format!(
            "the animation has {count} frames of {width}×{height} pixels, together more than the \
             {max_pixels} allowed; make it smaller or shorter, raise the limit of pixels, or keep \
             its first frame alone"
        )));
    }
    // The canvas, the one before it, a frame, and planes made of them.
    budget.memory(size, size.pixels().saturating_mul(20))?;
    Ok(size)
}

fn plays_of(count: LoopCount) -> u32 {
    match count {
        LoopCount::Infinite => 0,
        LoopCount::Finite(plays) => plays.get(),
    }
}

/// A frame of pixels; without opacity if it is opaque everywhere.
fn planes(rgba: &[u8], size: Size) -> Frame {
    let pixels = rgba.as_chunks::<4>().0;
    let opaque = pixels.iter().all(|pixel| pixel[3] == 255);
    let plane = |channel: usize| {
        let samples = pixels.iter().map(|pixel| match channel {
            3 => pixel[3],
            channel => weighted(pixel[channel], pixel[3]),
        });
        Raster::new(size, samples.collect())
    };
    let kind = if opaque { Kind::Rgb } else { Kind::Rgba };
    Frame::new(kind, (0..kind.planes()).map(plane).collect())
}

/// How many frames a GIF has and how often it is played (0 is for ever), by its
/// blocks, without decoding any. As many as there are before it ends or makes no
/// sense.
fn gif_frames(file: &[u8]) -> (u32, u32) {
    const LOOPS: &[u8] = b"\xff\x0bNETSCAPE2.0\x03\x01";
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + file.get(10).map_or(0, |&flags| table(flags));
    let (mut frames, mut plays): (u32, u32) = (0, 1);
    loop {
        match file.get(at) {
            Some(0x21) => {
                let block = file.get(at + 1..).unwrap_or(&[]);
                if let Some(&[low, high, ..]) = block.strip_prefix(LOOPS) {
                    // It says how often it starts anew.
                    let again = u32::from(u16::from_le_bytes([low, high]));
                    plays = if again == 0 { 0 } else { again + 1 };
                }
                at += 2;
            }
            Some(0x2c) => {
                frames = frames.saturating_add(1);
                let Some(&flags) = file.get(at + 9) else { return (frames, plays) };
                at += 10 + table(flags) + 1; // And the size of codes.
            }
            _ => return (frames, plays),
        }
        while let Some(&length @ 1..) = file.get(at) {
            at += 1 + usize::from(length);
        }
        at += 1;
    }
}

/// How many frames a PNG says that it has.
fn png_frames(file: &[u8]) -> u32 {
    let mut at: usize = 8;
    while let Some(&[a, b, c, d, ref name @ ..]) =
        file.get(at..at + 8).and_then(|head| head.as_array::<8>())
    {
        if name == b"acTL" {
            let count = file.get(at + 8..at + 12).and_then(|bytes| bytes.as_array::<4>());
            return count.map_or(1, |bytes| u32::from_be_bytes(*bytes));
        }
        at = at.saturating_add(12).saturating_add(u32::from_be_bytes([a, b, c, d]) as usize);
    }
    1
}

fn fault(format: Format, error: &ImageError) -> Error {
    let name = match format {
        Format::Gif => "GIF",
        Format::Webp => "WebP",
        _ => "PNG",
    };
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::Malformed(format!("the {name} file is cut short; upload it again"))
        }
        ImageError::Limits(_) => Error::LimitExceeded(format!(
            "the {name} animation needs more memory than is allowed; make it smaller"
        )),
        other => Error::Malformed(format!("the {name} file is damaged: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_without_decoding() {
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, 3, 2, &[0, 0, 0, 9, 9, 9]).unwrap();
        encoder.set_repeat(gif::Repeat::Infinite).unwrap();
        for n in 0..5 {
            let frame = gif::Frame::from_indexed_pixels(3, 2, vec![n % 2; 6], None);
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        assert_eq!(gif_frames(&file), (5, 0));
        for end in 0..file.len() {
            assert!(gif_frames(&file[..end]).0 <= 5);
        }
        assert_eq!(gif_frames(b"GIF89a"), (0, 1));
        assert_eq!(png_frames(b"\x89PNG\r\n\x1a\n"), 1);
    }
}
