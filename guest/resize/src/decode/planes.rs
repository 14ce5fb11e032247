//! A frame from rows of luma and chroma in the range that video uses, reduced as
//! they come.

use super::reduce::Reducer;
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;

/// Takes rows of planes, of which those of chroma have half the size.
pub(super) struct Planes {
    stored: Size,
    factor: u32,
    planes: [Plane; 3],
}

struct Plane {
    reducer: Reducer,
    samples: Vec<u8>,
    means: Vec<u8>,
    /// From the range of video to the whole one.
    full_range: [u8; 256],
}

impl Plane {
    fn new(stored: Size, factor: u32, range: f64, middle: (f64, f64)) -> Self {
        let size = reduced(stored, factor);
        let full_range = std::array::from_fn(|value| {
            ((value as f64 - middle.0) * 255.0 / range + middle.1).round().clamp(0.0, 255.0) as u8
        });
        Self {
            reducer: Reducer::new(stored.width as usize, 1, factor),
            samples: Vec::with_capacity(size.pixels() as usize),
            means: Vec::new(),
            full_range,
        }
    }

    fn flush(&mut self) {
        self.means.clear();
        self.reducer.take(&mut self.means);
        let full = |&value: &u8| self.full_range[usize::from(value)];
        self.samples.extend(self.means.iter().map(full));
    }
}

fn reduced(size: Size, factor: u32) -> Size {
    Size::new(size.width.div_ceil(factor), size.height.div_ceil(factor))
}

fn halved(size: Size) -> Size {
    reduced(size, 2)
}

impl Planes {
    /// For a picture of `stored` size, to be reduced by `factor`.
    pub(super) fn new(stored: Size, factor: u32) -> Self {
        let chroma = || Plane::new(halved(stored), factor, 224.0, (128.0, 128.0));
        let luma = Plane::new(stored, factor, 219.0, (16.0, 0.0));
        Self { stored, factor, planes: [luma, chroma(), chroma()] }
    }

    /// The bytes that a frame so reduced takes.
    pub(super) fn bytes(stored: Size, factor: u32) -> u64 {
        reduced(stored, factor).pixels() + 2 * reduced(halved(stored), factor).pixels()
    }

    /// The next row of plane `index`: 0 is luma.
    pub(super) fn push(&mut self, index: usize, row: &[u8]) {
        let factor = self.factor;
        let Some(plane) = self.planes.get_mut(index) else { return };
        if factor == 1 {
            plane.samples.extend(row.iter().map(|&value| plane.full_range[usize::from(value)]));
        } else if plane.reducer.add(row) {
            plane.flush();
        }
    }

    /// The frame.
    pub(super) fn finish(self) -> Frame {
        let Self { stored, factor, planes } = self;
        let rasters = planes.into_iter().enumerate().map(|(index, mut plane)| {
            if plane.reducer.pending() {
                plane.flush();
            }
            let step = if index > 0 { 2 } else { 1 };
            let own = if index > 0 { halved(stored) } else { stored };
            let size = reduced(own, factor);
            plane.samples.resize(size.pixels() as usize, 0);
            let scale = f64::from(factor * step);
            let covered = (f64::from(stored.width) / scale, f64::from(stored.height) / scale);
            Raster { covered, ..Raster::new(size, plane.samples) }
        });
        Frame::new(Kind::Ycc, rasters.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_becomes_the_whole_one() {
        for (width, height, factor) in [(5, 5, 1), (4, 6, 2), (1, 1, 1), (13, 7, 3)] {
            let size = Size::new(width, height);
            let mut planes = Planes::new(size, factor);
            for (index, value) in [(0, 235), (1, 16), (2, 128)] {
                let size = if index > 0 { halved(size) } else { size };
                let row = vec![value; size.width as usize];
                (0..size.height).for_each(|_| planes.push(index, &row));
            }
            let frame = planes.finish();
            assert_eq!(frame.size, reduced(size, factor));
            for (index, value) in [(0, 255), (1, 1), (2, 128)] {
                assert!(frame.plane(index).iter().all(|&v| v == value), "{:?}", frame.plane(index));
            }
        }
    }
}
