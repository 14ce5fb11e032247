//! The eight orientations of EXIF.

use crate::frame::{Frame, Raster};
use crate::geometry::{Region, Size};
use crate::metadata;
use crate::resample::{Chroma, resize};

/// The transformation of the stored picture to upright.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Orientation {
    /// Rows become columns; applied after the mirrors.
    transpose: bool,
    /// Left becomes right.
    mirror: bool,
    /// Top becomes bottom.
    flip: bool,
}

impl Orientation {
    /// Identity.
    pub const UPRIGHT: Self = Self { transpose: false, mirror: false, flip: false };

    /// From the value of EXIF's tag 0x0112; unknown values count as upright.
    pub fn from_tag(value: u16) -> Self {
        let (transpose, mirror, flip) = match value {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, false, true),
            7 => (true, true, true),
            8 => (true, true, false),
            _ => (false, false, false),
        };
        Self { transpose, mirror, flip }
    }

    /// From an EXIF block, with or without its `Exif\0\0`. Damage is never fatal: unreadable values
    /// count as upright.
    pub fn from_exif(exif: &[u8]) -> Self {
        metadata::orientation(exif).map_or(Self::UPRIGHT, Self::from_tag)
    }

    /// Rotates an upright picture clockwise by a multiple of 90 degrees, then exchanges top and
    /// bottom (`flip`), left and right (`flop`).
    pub fn turned(degrees: u32, flip: bool, flop: bool) -> Self {
        let turn = match degrees {
            90 => Self::from_tag(6),
            180 => Self::from_tag(3),
            270 => Self::from_tag(8),
            _ => Self::UPRIGHT,
        };
        turn.then(Self { transpose: false, mirror: flop, flip })
    }

    /// This one followed by `next`.
    pub fn then(self, next: Self) -> Self {
        // `mirror` and `flip` apply to the stored picture, before columns and rows are exchanged.
        let (mirror, flip) =
            if self.transpose { (next.flip, next.mirror) } else { (next.mirror, next.flip) };
        Self {
            transpose: self.transpose != next.transpose,
            mirror: self.mirror != mirror,
            flip: self.flip != flip,
        }
    }

    /// Whether width and height are exchanged.
    pub fn transposes(self) -> bool {
        self.transpose
    }

    /// Whether it moves pairs of columns or rows apart: it reverses an odd number of them.
    pub fn splits_pairs(self, stored: Size) -> bool {
        (self.mirror && stored.width % 2 == 1) || (self.flip && stored.height % 2 == 1)
    }

    /// The region of the stored picture that corresponds to `region` of the upright one.
    pub fn stored_region(self, region: Region) -> Region {
        let Region { mut left, mut top, mut width, mut height } = region;
        if self.transpose {
            (left, top, width, height) = (top, left, height, width);
        }
        if self.mirror {
            left = 1.0 - left - width;
        }
        if self.flip {
            top = 1.0 - top - height;
        }
        Region { left, top, width, height }
    }

    /// Rotate a stored picture upright.
    pub fn upright(self, frame: Frame) -> Frame {
        if self == Self::UPRIGHT {
            return frame;
        }
        // Where the picture ends within a sample of chroma, a reversed one would begin within it.
        let ends_within = |raster: &Raster| {
            let (across, down) = raster.covered;
            (self.mirror && across != f64::from(raster.size.width))
                || (self.flip && down != f64::from(raster.size.height))
        };
        let frame = if frame.rasters.iter().any(ends_within) {
            resize(&frame, Region::WHOLE, frame.size, Chroma::Full)
        } else {
            frame
        };
        Frame::new(frame.kind, frame.rasters.iter().map(|raster| self.turn(raster)).collect())
    }

    fn turn(self, raster: &Raster) -> Raster {
        let (size, place) = self.places(raster.size);
        let mut samples = Vec::with_capacity(raster.samples.len());
        for y in 0..size.height {
            let sample = |x| raster.samples.get(place(x, y)).copied().unwrap_or(0);
            samples.extend((0..size.width).map(sample));
        }
        let (across, down) = raster.covered;
        let covered = if self.transpose { (down, across) } else { (across, down) };
        Raster { covered, range: raster.range, ..Raster::new(size, samples) }
    }

    /// The size of the rotated picture, and a function from its columns and rows to the pixel index
    /// in the stored one.
    pub fn places(self, stored: Size) -> (Size, impl Fn(u32, u32) -> usize) {
        let stride = stored.width as usize;
        let last_column = stored.width.saturating_sub(1);
        let last_row = stored.height.saturating_sub(1);
        let place = move |x: u32, y: u32| {
            let (column, row) = if self.transpose { (y, x) } else { (x, y) };
            let column = if self.mirror { last_column - column } else { column };
            let row = if self.flip { last_row - row } else { row };
            row as usize * stride + column as usize
        };
        (stored.transposed(self.transpose), place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Kind;

    fn frame(width: u32, height: u32, samples: &[u8]) -> Frame {
        let size = Size::new(width, height);
        Frame::new(Kind::Luma, vec![Raster::new(size, samples.to_vec())])
    }

    #[test]
    fn every_orientation_is_undone() {
        // An upright 3×2 picture, and its stored form for each orientation.
        let upright = [1, 2, 3, 4, 5, 6];
        for (value, width, height, stored) in [
            (1, 3, 2, [1, 2, 3, 4, 5, 6]),
            (2, 3, 2, [3, 2, 1, 6, 5, 4]),
            (3, 3, 2, [6, 5, 4, 3, 2, 1]),
            (4, 3, 2, [4, 5, 6, 1, 2, 3]),
            (5, 2, 3, [1, 4, 2, 5, 3, 6]),
            (6, 2, 3, [3, 6, 2, 5, 1, 4]),
            (7, 2, 3, [6, 3, 5, 2, 4, 1]),
            (8, 2, 3, [4, 1, 5, 2, 6, 3]),
        ] {
            let turned = Orientation::from_tag(value).upright(frame(width, height, &stored));
            assert_eq!(turned.size, Size::new(3, 2), "{value}");
            assert_eq!(turned.rasters[0].samples, upright, "{value}");
        }
    }

    #[test]
    fn a_region_is_found_in_the_stored_picture() {
        // The upper right corner of the upright picture.
        let corner = Region { left: 0.75, top: 0.0, width: 0.25, height: 0.5 };
        for (value, left, top) in [
            (1, 0.75, 0.0),
            (2, 0.0, 0.0),
            (3, 0.0, 0.5),
            (4, 0.75, 0.5),
            (5, 0.0, 0.75),
            (6, 0.0, 0.0),
            (7, 0.5, 0.0),
            (8, 0.5, 0.75),
        ] {
            let found = Orientation::from_tag(value).stored_region(corner);
            assert_eq!((found.left, found.top), (left, top), "{value}");
        }
    }

    #[test]
    fn one_turn_after_another() {
        let stored = frame(2, 3, &[1, 2, 3, 4, 5, 6]);
        for value in 1..=8 {
            for (rotate, flip, flop) in
                [(0, false, true), (90, false, false), (180, true, false), (270, true, true)]
            {
                let first = Orientation::from_tag(value);
                let second = Orientation::turned(rotate, flip, flop);
                let apart = second.upright(first.upright(stored.clone()));
                assert_eq!(first.then(second).upright(stored.clone()), apart, "{value} {rotate}");
            }
        }
        let clockwise = Orientation::turned(90, false, false).upright(frame(2, 1, &[1, 2]));
        assert_eq!((clockwise.size, clockwise.plane(0)), (Size::new(1, 2), &[1, 2][..]));
        let mirrored = Orientation::turned(0, false, true).upright(frame(2, 1, &[1, 2]));
        assert_eq!(mirrored.plane(0), [2, 1]);
    }
}
