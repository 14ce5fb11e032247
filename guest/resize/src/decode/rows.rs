//! A frame from rows, as a decoder gives them, reduced as they come.
//!
//! Reducing by a whole number first, with a plain mean, is much cheaper than
//! the resampler, and only the small picture is kept in memory. As long as the
//! result still has twice the pixels that are needed in each direction, it
//! cannot be told from resampling the whole (libvips does the same).

use obscura_jpeg::color::{halve_rows, rgb_to_ycc};

use crate::colour::weighted;
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

/// Takes rows of pixels and makes a frame.
///
/// Red, green and blue become luma and chroma on the way if that is what all
/// renditions are made of: chroma has a quarter of the samples, so there is
/// half as much to keep and to resize.
pub(super) struct Rows {
    kind: Kind,
    stored: Size,
    factor: u32,
    target: Size,
    sums: Vec<u32>,
    /// Rows in `sums`.
    summed: u32,
    planes: Vec<Vec<u8>>,
    opaque: bool,
    /// The pixels of a reduced row.
    means: Vec<u8>,
    /// Rows of chroma that are not halved yet, Cb and Cr, upper and lower, if
    /// there is to be chroma.
    chroma: Option<[Vec<u8>; 4]>,
}

impl Rows {
    /// For a picture of `stored` size, to be reduced by `factor`. A picture of
    /// [`Kind::Rgb`] becomes [`Kind::Ycc`] if `chroma` is set.
    pub(super) fn new(kind: Kind, stored: Size, factor: u32, chroma: bool) -> Self {
        let target = Size::new(stored.width.div_ceil(factor), stored.height.div_ceil(factor));
        let samples = target.width as usize * target.height as usize;
        let sums = if factor > 1 { target.width as usize * kind.planes() } else { 0 };
        Self {
            kind,
            stored,
            factor,
            target,
            sums: vec![0; sums],
            summed: 0,
            planes: (0..kind.planes()).map(|_| Vec::with_capacity(samples)).collect(),
            opaque: true,
            means: Vec::new(),
            chroma: (chroma && kind == Kind::Rgb)
                .then(|| [(); 4].map(|()| vec![0; target.width as usize])),
        }
    }

    /// The bytes that a frame so reduced takes.
    pub(super) fn bytes(kind: Kind, stored: Size, factor: u32) -> u64 {
        let size = Size::new(stored.width.div_ceil(factor), stored.height.div_ceil(factor));
        size.pixels() * kind.planes() as u64
    }

    /// The next row, which is premultiplied in place if it has opacity.
    pub(super) fn push(&mut self, row: &mut [u8]) {
        if self.kind == Kind::Rgba {
            self.opaque &= premultiply(row);
        }
        let factor = self.factor as usize;
        match (self.factor, self.kind.planes()) {
            (1, _) => return self.store(row),
            (_, 1) => add::<1>(&mut self.sums, row, factor),
            (_, 3) => add::<3>(&mut self.sums, row, factor),
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
        let channels = self.kind.planes();
        let inner = (self.target.width as usize - 1) * channels;
        let inner = inner.min(self.sums.len());
        let (most, last) = self.sums.split_at_mut(inner);
        let mut means = std::mem::take(&mut self.means);
        means.clear();
        for (sums, columns) in [(most, self.factor), (last, rest)] {
            let count = columns * self.summed;
            // A multiplication instead of a division; exact, as counts are at most 4096.
            let scale = (1u64 << 32).div_ceil(u64::from(count));
            means.extend(sums.iter().map(|sum| {
                let mean = (u64::from(*sum + count / 2) * scale) >> 32;
                mean.min(255) as u8
            }));
        }
        self.store(&means);
        self.means = means;
        self.sums.fill(0);
        self.summed = 0;
    }

    /// Pixels to planes.
    fn store(&mut self, row: &[u8]) {
        let Some([upper_cb, upper_cr, cb, cr]) = &mut self.chroma else {
            return match self.kind.planes() {
                1 => split::<1>(&mut self.planes, row),
                3 => split::<3>(&mut self.planes, row),
                _ => split::<4>(&mut self.planes, row),
            };
        };
        let [luma, halved_cb, halved_cr] = self.planes.as_mut_slice() else { return };
        let start = luma.len();
        luma.resize(start + self.target.width as usize, 0);
        rgb_to_ycc(row, 3, luma.get_mut(start..).unwrap_or(&mut []), cb, cr);
        let rows = start / (self.target.width as usize).max(1) + 1;
        if rows % 2 == 1 && rows < self.target.height as usize {
            std::mem::swap(upper_cb, cb);
            std::mem::swap(upper_cr, cr);
            return;
        }
        let half = self.target.width.div_ceil(2) as usize;
        // A last row without a second stands for itself.
        let alone = rows % 2 == 1;
        for (plane, upper, lower) in [(halved_cb, upper_cb, cb), (halved_cr, upper_cr, cr)] {
            let start = plane.len();
            plane.resize(start + half, 0);
            let upper = if alone { &*lower } else { &*upper };
            halve_rows(upper, lower, plane.get_mut(start..).unwrap_or(&mut []));
        }
    }

    /// The frame; without opacity if it was opaque everywhere.
    pub(super) fn finish(mut self) -> Frame {
        if self.summed > 0 {
            self.flush();
        }
        if self.kind == Kind::Rgba && self.opaque {
            self.planes.pop();
            self.kind = Kind::Rgb;
        }
        let factor = f64::from(self.factor);
        let chroma = self.chroma.is_some();
        let kind = if chroma { Kind::Ycc } else { self.kind };
        let rasters = self.planes.into_iter().enumerate().map(|(index, mut samples)| {
            let step = if chroma && index > 0 { 2 } else { 1 };
            let Size { width, height } = self.target;
            let size = Size::new(width.div_ceil(step), height.div_ceil(step));
            samples.resize(size.width as usize * size.height as usize, 0);
            let scale = factor * f64::from(step);
            let covered =
                (f64::from(self.stored.width) / scale, f64::from(self.stored.height) / scale);
            Raster { covered, ..Raster::new(size, samples) }
        });
        Frame::new(kind, rasters.collect())
    }
}

/// Pixels to planes.
fn split<const N: usize>(planes: &mut [Vec<u8>], row: &[u8]) {
    for (channel, plane) in planes.iter_mut().enumerate() {
        plane.extend(row.as_chunks::<N>().0.iter().filter_map(|pixel| pixel.get(channel)));
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
            *value = weighted(*value, *alpha);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_exact_at_the_edges_too() {
        let size = Size::new(5, 5);
        let mut rows = Rows::new(Kind::Luma, size, 2, false);
        for y in 0..5u8 {
            let mut row: Vec<u8> = (0..5).map(|x| x * 10 + y * 50).collect();
            rows.push(&mut row);
        }
        let frame = rows.finish();
        assert_eq!(frame.size, Size::new(3, 3));
        assert_eq!(frame.rasters[0].covered, (2.5, 2.5));
        assert_eq!(frame.plane(0), [30, 50, 65, 130, 150, 165, 205, 225, 240]);
    }

    #[test]
    fn opaque_pictures_lose_their_opacity() {
        let mut rows = Rows::new(Kind::Rgba, Size::new(2, 1), 1, false);
        rows.push(&mut [1, 2, 3, 255, 4, 5, 6, 255]);
        let frame = rows.finish();
        assert_eq!(frame.kind, Kind::Rgb);
        assert_eq!((frame.plane(0), frame.plane(2)), (&[1, 4][..], &[3, 6][..]));
    }

    #[test]
    fn chroma_is_halved_whatever_the_size() {
        for (width, height, factor) in [(5, 5, 1), (4, 6, 1), (1, 1, 1), (13, 7, 2), (9, 10, 3)] {
            let mut rows = Rows::new(Kind::Rgb, Size::new(width, height), factor, true);
            for _ in 0..height {
                rows.push(&mut [200, 100, 50].repeat(width as usize));
            }
            let frame = rows.finish();
            assert_eq!(frame.kind, Kind::Ycc);
            let size = Size::new(width.div_ceil(factor), height.div_ceil(factor));
            assert_eq!(frame.size, size);
            let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
            assert_eq!(frame.rasters[1].size, half);
            for (plane, expected) in [(0, 124u8), (1, 86), (2, 182)] {
                let all = frame.plane(plane).iter();
                assert!(all.clone().all(|v| v.abs_diff(expected) <= 1), "{plane} {all:?}");
            }
        }
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
