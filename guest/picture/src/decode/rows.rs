//! Builds a frame from a decoder's rows, reduced as they arrive.

use obscura_jpeg::color::rgb_to_ycc_halved;
use obscura_sdk::Error;

use super::reduce::Reducer;
use crate::colour::weighted;
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;

/// A sink for rows of pixels that builds a frame.
///
/// RGB is converted to YCbCr if all renditions need that: chroma has a quarter of the samples, so
/// there is half as much to store and to resize.
pub(super) struct Rows {
    kind: Kind,
    stored: Size,
    factor: u32,
    target: Size,
    reducer: Reducer,
    planes: Vec<Vec<u8>>,
    opaque: bool,
    /// The number of rows so far.
    came: u32,
    /// The pixels of a reduced row.
    means: Vec<u8>,
    /// The premultiplied pixels of a row.
    weighted: Vec<u8>,
    /// A row of pixels that waits for the next one, if chroma is subsampled.
    waiting: Option<Vec<u8>>,
}

impl Rows {
    /// For a picture of `stored` size, reduced by `factor`. A picture of [`Kind::Rgb`] becomes
    /// [`Kind::Ycc`] if `chroma` is set.
    pub(super) fn new(kind: Kind, stored: Size, factor: u32, chroma: bool) -> Self {
        let target = Size::new(stored.width.div_ceil(factor), stored.height.div_ceil(factor));
        // An even number of rows, as two are made at a time.
        let samples = target.width as usize * target.height.next_multiple_of(2) as usize;
        Self {
            kind,
            stored,
            factor,
            target,
            reducer: Reducer::new(stored.width as usize, kind.planes(), factor),
            planes: (0..kind.planes()).map(|_| Vec::with_capacity(samples)).collect(),
            opaque: true,
            came: 0,
            means: Vec::new(),
            weighted: Vec::new(),
            waiting: (chroma && kind == Kind::Rgb).then(Vec::new),
        }
    }

    /// The size of a frame with this reduction, in bytes.
    pub(super) fn bytes(kind: Kind, stored: Size, factor: u32) -> u64 {
        let size = Size::new(stored.width.div_ceil(factor), stored.height.div_ceil(factor));
        size.pixels() * kind.planes() as u64
    }

    /// The next row, not premultiplied.
    pub(super) fn push(&mut self, row: &[u8]) {
        self.came += 1;
        if self.kind == Kind::Rgba && !is_opaque(row) {
            self.opaque = false;
            let mut weighted = std::mem::take(&mut self.weighted);
            weighted.clear();
            weighted.extend_from_slice(row);
            premultiply(&mut weighted);
            self.add(&weighted);
            self.weighted = weighted;
        } else {
            self.add(row);
        }
    }

    /// Handles an error that ends the rows: it is returned if damage is not to be rendered, or if
    /// there are no rows; otherwise, missing rows become transparent or black.
    pub(super) fn end(&mut self, error: Error, render: bool) -> Result<(), Error> {
        if !render || self.came == 0 || !matches!(error, Error::Malformed(_)) {
            return Err(error);
        }
        let row = vec![0; self.stored.width as usize * self.kind.planes()];
        while self.came < self.stored.height {
            self.push(&row);
        }
        Ok(())
    }

    fn add(&mut self, row: &[u8]) {
        if self.factor == 1 {
            self.store(row);
        } else if self.reducer.add(row) {
            self.flush();
        }
    }

    /// Take the means of the added rows.
    fn flush(&mut self) {
        let mut means = std::mem::take(&mut self.means);
        means.clear();
        self.reducer.take(&mut means);
        self.store(&means);
        self.means = means;
    }

    /// Pixels to planes.
    fn store(&mut self, row: &[u8]) {
        let Some(waiting) = &mut self.waiting else {
            return match self.kind.planes() {
                1 => split::<1>(&mut self.planes, row),
                3 => split::<3>(&mut self.planes, row),
                _ => split::<4>(&mut self.planes, row),
            };
        };
        if waiting.is_empty() {
            waiting.extend_from_slice(row);
            return;
        }
        let [luma, cb, cr] = self.planes.as_mut_slice() else { return };
        let width = self.target.width as usize;
        let luma = longer(luma, 2 * width).split_at_mut(width);
        let (cb, cr) = (longer(cb, width.div_ceil(2)), longer(cr, width.div_ceil(2)));
        rgb_to_ycc_halved([waiting, row], [luma.0, luma.1], cb, cr);
        waiting.clear();
    }

    /// The frame; without alpha if it is opaque everywhere.
    pub(super) fn finish(mut self) -> Frame {
        if self.reducer.pending() {
            self.flush();
        }
        // A last odd row is used twice.
        if let Some(last) = self.waiting.clone().filter(|last| !last.is_empty()) {
            self.store(&last);
        }
        if self.kind == Kind::Rgba && self.opaque {
            self.planes.pop();
            self.kind = Kind::Rgb;
        }
        let factor = f64::from(self.factor);
        let chroma = self.waiting.is_some();
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

/// `count` new samples at the end of a plane.
fn longer(plane: &mut Vec<u8>, count: usize) -> &mut [u8] {
    let start = plane.len();
    plane.resize(start + count, 0);
    plane.get_mut(start..).unwrap_or_default()
}

/// Pixels to planes.
fn split<const N: usize>(planes: &mut [Vec<u8>], row: &[u8]) {
    for (channel, plane) in planes.iter_mut().enumerate() {
        plane.extend(row.as_chunks::<N>().0.iter().filter_map(|pixel| pixel.get(channel)));
    }
}

/// Whether all pixels of a row are opaque.
fn is_opaque(row: &[u8]) -> bool {
    row.as_chunks::<4>().0.iter().fold(255, |all, pixel| all & pixel[3]) == 255
}

/// Premultiply colours.
fn premultiply(row: &mut [u8]) {
    for [r, g, b, alpha] in row.as_chunks_mut::<4>().0 {
        for value in [r, g, b] {
            *value = weighted(*value, *alpha);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_exact_at_the_edges_too() {
        let size = Size::new(5, 5);
        let mut rows = Rows::new(Kind::Luma, size, 2, false);
        for y in 0..5u8 {
            let row: Vec<u8> = (0..5).map(|x| x * 10 + y * 50).collect();
            rows.push(&row);
        }
        let frame = rows.finish();
        assert_eq!(frame.size, Size::new(3, 3));
        assert_eq!(frame.rasters[0].covered, (2.5, 2.5));
        assert_eq!(frame.plane(0), [30, 50, 65, 130, 150, 165, 205, 225, 240]);
    }

    #[test]
    fn opaque_pictures_lose_their_opacity() {
        let mut rows = Rows::new(Kind::Rgba, Size::new(2, 1), 1, false);
        rows.push(&[1, 2, 3, 255, 4, 5, 6, 255]);
        let frame = rows.finish();
        assert_eq!(frame.kind, Kind::Rgb);
        assert_eq!((frame.plane(0), frame.plane(2)), (&[1, 4][..], &[3, 6][..]));
    }

    #[test]
    fn chroma_is_halved_whatever_the_size() {
        for (width, height, factor) in [(5, 5, 1), (4, 6, 1), (1, 1, 1), (13, 7, 2), (9, 10, 3)] {
            let mut rows = Rows::new(Kind::Rgb, Size::new(width, height), factor, true);
            for _ in 0..height {
                rows.push(&[200, 100, 50].repeat(width as usize));
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
}
