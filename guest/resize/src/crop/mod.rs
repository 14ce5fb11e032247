//! Where `cover` crops when it is to find that in the picture, on a small copy of it.

mod attention;
mod entropy;
#[cfg(feature = "faces")]
mod faces;

use obscura_picture::frame::Frame;
use obscura_picture::geometry::{Region, Size};
use obscura_picture::orientation::Orientation;
use obscura_picture::resample::{Chroma, resize};

use crate::parameters::Position;

/// The longest side that a picture must keep when it is decoded: faces are not found in a picture that
/// is as small as a thumbnail.
pub(crate) fn least_side(position: Position) -> u32 {
    match position {
        #[cfg(feature = "faces")]
        Position::Faces => faces::SIDE,
        _ => 0,
    }
}

/// A picture to look at, with what was seen in it for an earlier rendition.
pub(crate) struct View<'a> {
    /// As it is stored.
    frame: &'a Frame,
    #[cfg(feature = "faces")]
    faces: Vec<(Orientation, Vec<obscura_faces::Face>)>,
}

impl<'a> View<'a> {
    pub(crate) fn new(frame: &'a Frame) -> Self {
        Self {
            frame,
            #[cfg(feature = "faces")]
            faces: Vec::new(),
        }
    }

    /// The part of the upright picture that is kept, of `region`'s size, by a rendition that scales the
    /// stored picture to `scaled`.
    pub(crate) fn find(
        &mut self,
        orientation: Orientation,
        scaled: Size,
        region: Region,
        position: Position,
    ) -> Region {
        let (left, top) = match position {
            Position::Entropy => {
                let shrink = scaled.width.max(scaled.height).div_ceil(entropy::SIDE).max(1);
                let (width, height) = (scaled.width, scaled.height);
                let size = Size::new(width.div_ceil(shrink), height.div_ceil(shrink));
                entropy::find(&self.copy(size, orientation), region)
            }
            Position::Attention => self.by_attention(orientation, region),
            #[cfg(feature = "faces")]
            Position::Faces => match faces::find(self.faces(orientation), region) {
                Some(place) => place,
                None => self.by_attention(orientation, region),
            },
            _ => (region.left, region.top),
        };
        Region {
            left: left.min(1.0 - region.width).max(0.0),
            top: top.min(1.0 - region.height).max(0.0),
            ..region
        }
    }

    fn by_attention(&self, orientation: Orientation, region: Region) -> (f64, f64) {
        attention::find(&self.within(attention::SIDE, orientation), region)
    }

    #[cfg(feature = "faces")]
    fn faces(&mut self, orientation: Orientation) -> &[obscura_faces::Face] {
        let known = self.faces.iter().position(|(seen, _)| *seen == orientation);
        let index = known.unwrap_or_else(|| {
            let found = faces::of(&self.within(faces::SIDE, orientation));
            self.faces.push((orientation, found));
            self.faces.len() - 1
        });
        self.faces.get(index).map_or(&[], |(_, faces)| faces)
    }

    /// An upright copy with no side longer than that.
    fn within(&self, longest: u32, orientation: Orientation) -> Frame {
        let Size { width, height } = self.frame.size;
        let scale = (f64::from(longest) / f64::from(width.max(height))).min(1.0);
        let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
        self.copy(Size::new(side(width), side(height)), orientation)
    }

    fn copy(&self, size: Size, orientation: Orientation) -> Frame {
        orientation.upright(resize(self.frame, Region::WHOLE, size, Chroma::Full))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use obscura_picture::frame::{Kind, Raster};

    /// Grey, with an object at the right end.
    fn picture(width: u32, height: u32, thing: impl Fn(u32, u32) -> [u8; 3]) -> Frame {
        let size = Size::new(width, height);
        let pixel = |x: u32, y: u32| if x < width * 3 / 4 { [90; 3] } else { thing(x, y) };
        let pixels: Vec<[u8; 3]> = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| pixel(x, y))
            .collect();
        let plane = |c: usize| Raster::new(size, pixels.iter().map(|pixel| pixel[c]).collect());
        Frame::new(Kind::Rgb, (0..3).map(plane).collect())
    }

    fn find(frame: &Frame, region: Region, position: Position) -> Region {
        View::new(frame).find(Orientation::default(), frame.size, region, position)
    }

    #[test]
    fn the_crop_goes_where_something_is() {
        let half = Region { left: 0.25, top: 0.0, width: 0.5, height: 1.0 };
        let noisy = picture(64, 32, |x, y| [(x * 37 + y * 91) as u8; 3]);
        assert!(find(&noisy, half, Position::Entropy).left > 0.45);
        let red = picture(32, 32, |_, _| [220, 120, 90]);
        assert!(find(&red, half, Position::Attention).left > 0.3);
        let lit = |x, y| {
            if (50..56).contains(&x) && (8..24).contains(&y) { [224, 172, 140] } else { [90; 3] }
        };
        let left = find(&picture(64, 32, lit), half, Position::Attention).left;
        assert!(left > 0.45, "{left}");
        assert_eq!(find(&red, half, Position::Center), half);
    }

    #[test]
    fn a_flat_picture_has_a_crop_too() {
        let flat = picture(1, 40, |_, _| [7; 3]);
        for position in [Position::Entropy, Position::Attention] {
            let region = Region { left: 0.0, top: 0.4, width: 1.0, height: 0.2 };
            let found = find(&flat, region, position);
            assert!(found.top >= 0.0 && found.top + found.height <= 1.0 + 1e-9);
        }
        let region = Region { left: 0.0, top: 0.0, width: 1.0, height: 0.2 };
        assert!((find(&flat, region, Position::Attention).top - 0.4).abs() < 1e-9);
    }
}
