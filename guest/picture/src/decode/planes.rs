//! Builds a frame from rows of luma and chroma in limited range, reduced as they arrive. They are
//! converted to full range after the reduction: here, or by the resampler.

use super::reduce::Reducer;
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;
use crate::range::Range;

/// A sink for rows of planes, with possibly subsampled chroma.
pub(super) struct Planes {
    stored: Size,
    /// The subsampling of chroma, across and down.
    steps: (u32, u32),
    planes: [Plane; 3],
    /// Whether an unreduced picture keeps its range.
    stays: bool,
}

struct Plane {
    /// The number of rows so far.
    came: u32,
    /// The reduction: chroma less than luma if full chroma is needed.
    factor: u32,
    reducer: Reducer,
    samples: Vec<u8>,
    means: Vec<u8>,
    /// The input range, and the conversion to full range.
    range: Range,
    full_range: [u8; 256],
}

impl Plane {
    fn new(stored: Size, factor: u32, range: Range) -> Self {
        let size = reduced(stored, factor);
        Self {
            came: 0,
            factor,
            reducer: Reducer::new(stored.width as usize, 1, factor),
            samples: Vec::with_capacity(size.pixels() as usize),
            means: Vec::new(),
            range,
            full_range: range.to_full(),
        }
    }

    fn flush(&mut self) {
        self.means.clear();
        self.reducer.take(&mut self.means);
        let full = |&value: &u8| self.full_range[usize::from(value)];
        self.samples.extend(self.means.iter().map(full));
    }
}

/// The reduction of chroma of half the size.
fn chroma(factor: u32, halves: bool) -> u32 {
    if halves { factor } else { (factor / 2).max(1) }
}

fn reduced(size: Size, factor: u32) -> Size {
    Size::new(size.width.div_ceil(factor), size.height.div_ceil(factor))
}

fn halved(size: Size) -> Size {
    reduced(size, 2)
}

/// The size of chroma.
fn parted(size: Size, (across, down): (u32, u32)) -> Size {
    Size::new(size.width.div_ceil(across), size.height.div_ceil(down))
}

impl Planes {
    /// For a picture of `stored` size, with luma reduced by `factor`, and also chroma if half of
    /// luma's size is enough (`halves`). An unreduced picture keeps limited range, since it is
    /// resized later in any case.
    pub(super) fn new(stored: Size, factor: u32, halves: bool) -> Self {
        let planes = [0, 1, 2].map(|index| {
            let size = if index > 0 { halved(stored) } else { stored };
            let factor = if index > 0 { chroma(factor, halves) } else { factor };
            Plane::new(size, factor, Range::of_video(index))
        });
        Self { stored, steps: (2, 2), planes, stays: halves && factor == 1 }
    }

    /// For a full-range picture with this subsampling of chroma.
    #[cfg(feature = "avif")]
    pub(super) fn full(stored: Size, factor: u32, steps: (u32, u32)) -> Self {
        let planes = [0, 1, 2].map(|index| {
            let size = if index > 0 { parted(stored, steps) } else { stored };
            let factor = if index > 0 { (factor / steps.0.max(steps.1)).max(1) } else { factor };
            Plane::new(size, factor, Range::Full)
        });
        Self { stored, steps, planes, stays: false }
    }

    /// The size of a frame with this reduction, in bytes.
    pub(super) fn bytes(stored: Size, factor: u32, halves: bool) -> u64 {
        let chroma = reduced(halved(stored), chroma(factor, halves));
        reduced(stored, factor).pixels() + 2 * chroma.pixels()
    }

    /// The next row of plane `index`: 0 is luma.
    pub(super) fn push(&mut self, index: usize, row: &[u8]) {
        let Some(plane) = self.planes.get_mut(index) else { return };
        plane.came += 1;
        if self.stays {
            plane.samples.extend_from_slice(row);
        } else if plane.factor == 1 {
            plane.samples.extend(row.iter().map(|&value| plane.full_range[usize::from(value)]));
        } else if plane.reducer.add(row) {
            plane.flush();
        }
    }

    /// Fills up with black rows after the end of the file.
    pub(super) fn fill(&mut self) {
        for index in 0..3 {
            let (across, down) = if index > 0 { self.steps } else { (1, 1) };
            let size = parted(self.stored, (across, down));
            let value = match self.planes[index].range {
                Range::Luma => 16,
                _ if index > 0 => 128,
                _ => 0,
            };
            let row = vec![value; size.width as usize];
            while self.planes[index].came < size.height {
                self.push(index, &row);
            }
        }
    }

    /// The frame.
    pub(super) fn finish(self) -> Frame {
        let Self { stored, steps, planes, stays } = self;
        let rasters = planes.into_iter().enumerate().map(|(index, mut plane)| {
            if plane.reducer.pending() {
                plane.flush();
            }
            let (across, down) = if index > 0 { steps } else { (1, 1) };
            let factor = plane.factor;
            let size = reduced(parted(stored, (across, down)), factor);
            plane.samples.resize(size.pixels() as usize, 0);
            let part = |side: u32, step: u32| f64::from(side) / f64::from(factor * step);
            let covered = (part(stored.width, across), part(stored.height, down));
            let range = if stays { plane.range } else { Range::Full };
            Raster { covered, range, ..Raster::new(size, plane.samples) }
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
            let mut planes = Planes::new(size, factor, width == 4);
            for (index, value) in [(0, 235), (1, 16), (2, 128)] {
                let size = if index > 0 { halved(size) } else { size };
                let row = vec![value; size.width as usize];
                (0..size.height).for_each(|_| planes.push(index, &row));
            }
            let frame = planes.finish();
            assert_eq!(frame.size, reduced(size, factor));
            assert_eq!(frame.rasters[1].range, Range::Full);
            for (index, value) in [(0, 255), (1, 1), (2, 128)] {
                assert!(frame.plane(index).iter().all(|&v| v == value), "{:?}", frame.plane(index));
            }
        }
    }

    #[test]
    fn chroma_is_reduced_by_its_own_factor() {
        let size = Size::new(96, 64);
        for (factor, halves, expected) in [
            (1, false, (48, 32)),
            (2, false, (48, 32)),
            (3, false, (48, 32)),
            (4, false, (24, 16)),
            (4, true, (12, 8)),
        ] {
            let mut planes = Planes::new(size, factor, halves);
            for (index, width) in [(0, 96), (1, 48), (2, 48)] {
                (0..width * 2 / 3).for_each(|_| planes.push(index, &vec![128; width]));
            }
            let frame = planes.finish();
            assert_eq!(frame.size, reduced(size, factor));
            let chroma = &frame.rasters[1];
            assert_eq!(chroma.size, Size::new(expected.0, expected.1), "{factor} {halves}");
            let covered = (f64::from(expected.0), f64::from(expected.1));
            assert_eq!(chroma.covered, covered, "{factor} {halves}");
        }
    }

    #[test]
    fn the_resampler_makes_the_range_the_whole_one() {
        use crate::geometry::Region;
        use crate::resample::{Chroma, resize};
        let size = Size::new(40, 30);
        let mut planes = Planes::new(size, 1, true);
        for (index, value, width) in [(0, 235, 40), (1, 16, 20), (2, 128, 20)] {
            (0..width * 3 / 4).for_each(|_| planes.push(index, &vec![value; width]));
        }
        let frame = planes.finish();
        assert_eq!((frame.plane(0)[0], frame.rasters[0].range), (235, Range::Luma));
        for size in [size, Size::new(20, 15)] {
            let small = resize(&frame, Region::WHOLE, size, Chroma::Half);
            for (index, value) in [(0, 255), (1, 1), (2, 128)] {
                assert_eq!(small.rasters[index].range, Range::Full);
                assert!(small.plane(index).iter().all(|&v| v == value), "{:?}", small.plane(index));
            }
        }
    }
}
