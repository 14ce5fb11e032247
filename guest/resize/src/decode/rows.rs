//! A frame from rows, as a decoder gives them, reduced as they come.
//!
//! Reducing by a whole number first, with a plain mean, is much cheaper than
//! the resampler, and only the small picture is kept in memory. As long as the
//! result still has twice the pixels that are needed in each direction, it
//! cannot be told from resampling the whole (libvips does the same).

use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;

/// How much more than needed is kept in each direction.
const HEADROOM: f64 = 2.0;

/// By how much a picture can be reduced when `scale` of it is needed.
pub(super) fn reduction(scale: f64) -> u32 {
    let factor = 1.0 / (scale * HEADROOM);
    // At most 64: so many 8-bit samples, squared, fit the sums many times over.
    if factor.is_finite() { (factor as u32).clamp(1, 64) } else { 1 }
}

/// Takes rows and makes a frame.
pub(super) struct Rows {
    kind: Kind,
    channels: usize,
    stored: Size,
    factor: u32,
    target: Size,
    sums: Vec<u32>,
    /// Rows in `sums`.
    summed: u32,
    samples: Vec<u8>,
    opaque: bool,
}

impl Rows {
    /// For a picture of `stored` size, to be reduced by `factor`.
    pub(super) fn new(kind: Kind, stored: Size, factor: u32) -> Self {
        let channels = match kind {
            Kind::Luma | Kind::Ycc => 1,
            Kind::Rgb => 3,
            Kind::Rgba => 4,
        };
        let target = Size::new(stored.width.div_ceil(factor), stored.height.div_ceil(factor));
        Self {
            kind,
            channels,
            stored,
            factor,
            target,
            sums: vec![0; if factor > 1 { target.width as usize * channels } else { 0 }],
            summed: 0,
            samples: Vec::with_capacity(target.width as usize * target.height as usize * channels),
            opaque: true,
        }
    }

    /// The bytes that a frame so reduced takes.
    pub(super) fn bytes(kind: Kind, stored: Size, factor: u32) -> u64 {
        let channels = match kind {
            Kind::Luma => 1,
            Kind::Rgb | Kind::Ycc => 3,
            Kind::Rgba => 4,
        };
        Size::new(stored.width.div_ceil(factor), stored.height.div_ceil(factor)).pixels() * channels
    }

    /// The next row, which is premultiplied in place if it has opacity.
    pub(super) fn push(&mut self, row: &mut [u8]) {
        if self.kind == Kind::Rgba {
            self.opaque &= premultiply(row);
        }
        if self.factor == 1 {
            self.samples.extend_from_slice(row);
            return;
        }
        let factor = self.factor as usize;
        match self.channels {
            1 => add::<1>(&mut self.sums, row, factor),
            3 => add::<3>(&mut self.sums, row, factor),
            _ => add::<4>(&mut self.sums, row, factor),
        }
        self.summed += 1;
        if self.summed == self.factor {
            self.flush();
        }
    }

    /// Means of what was summed.
    fn flush(&mut self) {
        // The last column stands for fewer pixels if the width is no multiple.
        let rest = self.stored.width - (self.target.width - 1) * self.factor;
        let inner = (self.target.width as usize - 1) * self.channels;
        let inner = inner.min(self.sums.len());
        let (most, last) = self.sums.split_at_mut(inner);
        for (sums, columns) in [(most, self.factor), (last, rest)] {
            let count = columns * self.summed;
            // A multiplication instead of a division; exact, as counts are at most 4096.
            let scale = (1u64 << 32).div_ceil(u64::from(count));
            for sum in sums {
                let mean = (u64::from(*sum + count / 2) * scale) >> 32;
                self.samples.push(mean.min(255) as u8);
                *sum = 0;
            }
        }
        self.summed = 0;
    }

    /// The frame; without opacity if it was opaque everywhere.
    pub(super) fn finish(mut self) -> Frame {
        if self.summed > 0 {
            self.flush();
        }
        let whole = self.target.width as usize * self.target.height as usize * self.channels;
        self.samples.resize(whole, 0);
        let factor = f64::from(self.factor);
        let covered =
            (f64::from(self.stored.width) / factor, f64::from(self.stored.height) / factor);
        let (kind, channels) = if self.kind == Kind::Rgba && self.opaque {
            drop_alpha(&mut self.samples);
            (Kind::Rgb, 3)
        } else {
            (self.kind, self.channels)
        };
        Frame::single(kind, Raster { covered, ..Raster::new(self.target, channels, self.samples) })
    }
}

/// Add `factor` neighbours of a row to each sum.
fn add<const N: usize>(sums: &mut [u32], row: &[u8], factor: usize) {
    let pixels = row.as_chunks::<N>().0;
    for (sum, pixels) in sums.as_chunks_mut::<N>().0.iter_mut().zip(pixels.chunks(factor)) {
        for pixel in pixels {
            for (sum, &sample) in sum.iter_mut().zip(pixel) {
                *sum += u32::from(sample);
            }
        }
    }
}

/// Weight colours by opacity. Says whether all were opaque.
fn premultiply(row: &mut [u8]) -> bool {
    let pixels = row.as_chunks_mut::<4>().0;
    if pixels.iter().fold(255, |all, pixel| all & pixel[3]) == 255 {
        return true;
    }
    for [r, g, b, alpha] in pixels {
        for value in [r, g, b] {
            // Exact division by 255, rounded.
            let product = u32::from(*value) * u32::from(*alpha) + 128;
            *value = ((product + (product >> 8)) >> 8) as u8;
        }
    }
    false
}

/// Four samples a pixel to three, in place.
fn drop_alpha(samples: &mut Vec<u8>) {
    let pixels = samples.len() / 4;
    for pixel in 0..pixels {
        samples.copy_within(pixel * 4..pixel * 4 + 3, pixel * 3);
    }
    samples.truncate(pixels * 3);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_exact_at_the_edges_too() {
        let size = Size::new(5, 5);
        let mut rows = Rows::new(Kind::Luma, size, 2);
        for y in 0..5u8 {
            let mut row: Vec<u8> = (0..5).map(|x| x * 10 + y * 50).collect();
            rows.push(&mut row);
        }
        let frame = rows.finish();
        assert_eq!(frame.size, Size::new(3, 3));
        assert_eq!(frame.rasters[0].covered, (2.5, 2.5));
        assert_eq!(frame.samples(), [30, 50, 65, 130, 150, 165, 205, 225, 240]);
    }

    #[test]
    fn opaque_pictures_lose_their_opacity() {
        let mut rows = Rows::new(Kind::Rgba, Size::new(2, 1), 1);
        rows.push(&mut [1, 2, 3, 255, 4, 5, 6, 255]);
        let frame = rows.finish();
        assert_eq!((frame.kind, frame.samples()), (Kind::Rgb, &[1, 2, 3, 4, 5, 6][..]));
    }

    #[test]
    fn reductions_leave_twice_what_is_needed() {
        assert_eq!(reduction(1.0), 1);
        assert_eq!(reduction(0.3), 1);
        assert_eq!(reduction(0.25), 2);
        assert_eq!(reduction(0.1), 5);
        assert_eq!(reduction(0.0), 1);
    }
}
