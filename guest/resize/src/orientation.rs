//! The eight ways in which a camera may have been held, as EXIF tells.

use crate::frame::{Frame, Raster};
use crate::geometry::{Region, Size};

/// How the stored picture is to be turned to stand upright.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Orientation {
    /// Rows become columns; applied after the mirrors.
    transpose: bool,
    /// Left becomes right.
    mirror: bool,
    /// Top becomes bottom.
    flip: bool,
}

impl Orientation {
    /// As it is stored.
    pub(crate) const UPRIGHT: Self = Self { transpose: false, mirror: false, flip: false };

    /// Of the value of EXIF's tag 0x0112; anything unknown is upright.
    pub(crate) fn from_tag(value: u16) -> Self {
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

    /// Of an EXIF block, with or without its `Exif\0\0`. Damage is never fatal:
    /// what cannot be read is upright.
    pub(crate) fn from_exif(exif: &[u8]) -> Self {
        tag(exif).map_or(Self::UPRIGHT, Self::from_tag)
    }

    /// Whether width and height change places.
    pub(crate) fn transposes(self) -> bool {
        self.transpose
    }

    /// The part of the stored picture that is `region` of the upright one.
    pub(crate) fn stored_region(self, region: Region) -> Region {
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

    /// Turn a stored picture upright.
    pub(crate) fn upright(self, frame: Frame) -> Frame {
        if self == Self::UPRIGHT {
            return frame;
        }
        Frame::new(frame.kind, frame.rasters.iter().map(|raster| self.turn(raster)).collect())
    }

    fn turn(self, raster: &Raster) -> Raster {
        let Size { width, height } = raster.size.transposed(self.transpose);
        let stride = raster.size.width as usize;
        let mut samples = Vec::with_capacity(raster.samples.len());
        let (last_column, last_row) = (raster.size.width - 1, raster.size.height - 1);
        for y in 0..height {
            samples.extend((0..width).map(|x| {
                let (column, row) = if self.transpose { (y, x) } else { (x, y) };
                let column = if self.mirror { last_column - column } else { column };
                let row = if self.flip { last_row - row } else { row };
                raster.samples.get(row as usize * stride + column as usize).copied().unwrap_or(0)
            }));
        }
        let (across, down) = raster.covered;
        let covered = if self.transpose { (down, across) } else { (across, down) };
        Raster { size: Size { width, height }, samples, covered }
    }
}

/// The value of the orientation tag in the first directory.
fn tag(exif: &[u8]) -> Option<u16> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let big = match tiff.get(..2)? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let long = |at: usize| -> Option<u32> {
        let bytes: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    (0..entries).find_map(|entry| {
        let at = directory.checked_add(2)?.checked_add(entry * 12)?;
        let is_orientation = short(at)? == 0x0112 && short(at + 2)? == 3;
        is_orientation.then(|| short(at + 8))?
    })
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
        // An upright 3×2 picture, and how a camera stores it in each way.
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
    fn exif_is_read_in_both_byte_orders_and_damage_is_upright() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let big = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        assert_eq!(Orientation::from_exif(little), Orientation::from_tag(6));
        assert_eq!(Orientation::from_exif(big), Orientation::from_tag(6));
        for end in 0..little.len() - 8 {
            let _ = Orientation::from_exif(&little[..end]);
        }
        assert_eq!(Orientation::from_exif(b"II*\0\xff\xff\xff\xff"), Orientation::UPRIGHT);
        assert_eq!(Orientation::from_exif(b"nonsense"), Orientation::UPRIGHT);
    }
}
