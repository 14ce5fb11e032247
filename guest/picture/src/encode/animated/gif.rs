//! An animated GIF. Only the changed rectangle of each frame is stored.
//!
//! Transparent pixels cannot overwrite existing ones: the previous frame must be disposed of first.
//! So a frame is written when the next one is known.

use ::gif::{DisposalMethod, Encoder, Repeat};
use obscura_sdk::Error;

use super::super::gif::{OPAQUE, fault, rgba, stored};
use crate::frame::Frame;
use crate::geometry::Size;

type Pixel = [u8; 4];

/// An animated GIF.
pub struct Frames {
    size: Size,
    encoder: Encoder<Vec<u8>>,
    /// The canvas before the pending frame.
    before: Vec<Pixel>,
    waiting: Option<(Vec<Pixel>, u32)>,
}

impl Frames {
    /// For frames of one size, with this loop count; 0 is forever.
    ///
    /// # Errors
    /// [`Error::Internal`], from the encoder.
    pub fn new(size: Size, plays: u32) -> Result<Self, Error> {
        let mut encoder = Encoder::new(Vec::new(), size.width as u16, size.height as u16, &[])
            .map_err(|error| fault(&error))?;
        let repeat = match plays {
            0 => Repeat::Infinite,
            plays => Repeat::Finite((plays - 1).min(65_535) as u16),
        };
        // Playing once is the default.
        if plays != 1 {
            encoder.set_repeat(repeat).map_err(|error| fault(&error))?;
        }
        let before = vec![[0; 4]; size.pixels() as usize];
        Ok(Self { size, encoder, before, waiting: None })
    }

    /// Add a frame with this duration in milliseconds.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn push(&mut self, frame: &Frame, delay: u32) -> Result<(), Error> {
        let mut now = rgba(frame).as_chunks::<4>().0.to_vec();
        for pixel in &mut now {
            *pixel = match *pixel {
                [.., alpha] if alpha < OPAQUE => [0; 4],
                [r, g, b, _] => [r, g, b, 255],
            };
        }
        let bares = |last: &[Pixel]| last.iter().zip(&now).any(|(last, now)| last[3] > now[3]);
        if let Some((last, time)) = self.waiting.take() {
            let is_bared = bares(&last);
            self.write(last, time, is_bared)?;
        }
        self.waiting = Some((now, delay));
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        if let Some((last, time)) = self.waiting.take() {
            self.write(last, time, false)?;
        }
        self.encoder.into_inner().map_err(|error| Error::Internal(format!("writing GIF: {error}")))
    }

    /// Write a frame; if it is disposed of afterwards, it leaves the canvas empty.
    fn write(&mut self, now: Vec<Pixel>, delay: u32, is_taken_away: bool) -> Result<(), Error> {
        let part = if is_taken_away {
            Part::of(&now, self.size, |_, now| now[3] == 255)
        } else {
            Part::of(&now, self.size, |at, now| self.before.get(at) != Some(now))
        };
        let mut frame = stored(part.cut(&now, self.size).as_flattened(), part.size, is_taken_away);
        (frame.left, frame.top) = (part.left as u16, part.top as u16);
        frame.delay = hundredths(delay);
        if is_taken_away {
            frame.dispose = DisposalMethod::Background;
            self.before.fill([0; 4]);
        } else {
            frame.dispose = DisposalMethod::Keep;
            self.before = now;
        }
        self.encoder.write_frame(&frame).map_err(|error| fault(&error))
    }
}

/// Milliseconds to hundredths of a second. Browsers show durations of up to 1 as 10, so longer ones
/// are not rounded down to 1.
fn hundredths(delay: u32) -> u16 {
    let rounded = (delay.saturating_add(5) / 10).max(if delay > 10 { 2 } else { 0 });
    u16::try_from(rounded).unwrap_or(u16::MAX)
}

/// A part of a picture.
#[derive(Debug, PartialEq)]
struct Part {
    left: usize,
    top: usize,
    size: Size,
}

impl Part {
    /// The bounding box of the matching pixels; one pixel if there are none.
    fn of(pixels: &[Pixel], size: Size, counts: impl Fn(usize, &Pixel) -> bool) -> Self {
        let width = (size.width as usize).max(1);
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (index, _) in pixels.iter().enumerate().filter(|(at, pixel)| counts(*at, pixel)) {
            let (x, y) = (index % width, index / width);
            (left, right) = (left.min(x), right.max(x));
            (top, bottom) = (top.min(y), bottom.max(y));
        }
        if left > right {
            return Self { left: 0, top: 0, size: Size::new(1, 1) };
        }
        Self { left, top, size: Size::new((right - left + 1) as u32, (bottom - top + 1) as u32) }
    }

    fn cut(&self, pixels: &[Pixel], of: Size) -> Vec<Pixel> {
        let rows = pixels.chunks_exact((of.width as usize).max(1)).skip(self.top);
        let (from, to) = (self.left, self.left + self.size.width as usize);
        let rows = rows.take(self.size.height as usize);
        rows.flat_map(|row| row.get(from..to).unwrap_or(&[])).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_stored() {
        let size = Size::new(4, 3);
        let before = vec![[255; 4]; 4 * 3];
        let mut now = before.clone();
        let changed = |now: &[Pixel]| Part::of(now, size, |at, now| before[at] != *now);
        assert_eq!(changed(&now).size, Size::new(1, 1));
        now[4 + 2] = [0, 255, 255, 255];
        now[2 * 4 + 1] = [0, 255, 255, 255];
        let part = changed(&now);
        assert_eq!(part, Part { left: 1, top: 1, size: Size::new(2, 2) });
        assert_eq!(part.cut(&now, size)[1], [0, 255, 255, 255]);
    }

    #[test]
    fn times_keep_their_kind() {
        assert_eq!([0, 4, 10, 11, 14, 15, 33, 100].map(hundredths), [0, 0, 1, 2, 2, 2, 3, 10]);
        assert_eq!(hundredths(u32::MAX), u16::MAX);
    }
}
