//! The canvas of an animation.

use crate::colour::{weighted, whole};
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;

/// A rectangle of a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) size: Size,
}

impl Area {
    /// The whole canvas.
    pub(super) fn whole(size: Size) -> Self {
        Self { left: 0, top: 0, size }
    }

    /// Whether it is inside a canvas of this size.
    pub(super) fn is_inside(self, size: Size) -> bool {
        let ends = |start: u32, side: u32, most: u32| {
            side > 0 && start.checked_add(side).is_some_and(|end| end <= most)
        };
        ends(self.left, self.size.width, size.width)
            && ends(self.top, self.size.height, size.height)
    }
}

/// Red, green, blue and opacity, premultiplied. It is transparent at first.
#[derive(Clone)]
pub(super) struct Canvas {
    size: Size,
    planes: [Vec<u8>; 4],
    /// Whether all drawn pixels are grey.
    grey: bool,
}

impl Canvas {
    pub(super) fn new(size: Size) -> Self {
        let planes = [(); 4].map(|()| vec![0; size.pixels() as usize]);
        Self { size, planes, grey: true }
    }

    /// Clear a rectangle.
    pub(super) fn clear(&mut self, area: Area) {
        for plane in &mut self.planes {
            rows(plane, self.size, area).for_each(|row| row.fill(0));
        }
    }

    /// Draw a frame, replacing or blending. Parts outside of the canvas are clipped.
    pub(super) fn draw(&mut self, area: Area, blend: bool, frame: &Frame) {
        self.grey &= frame.kind == Kind::Luma;
        let frame = whole(frame);
        let alpha = frame.rasters.get(3);
        let width = (frame.size.width as usize).max(1);
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            // Grey has equal channels.
            let raster = match (channel, alpha) {
                (3, alpha) => alpha,
                _ => frame.rasters.get(channel).or(frame.rasters.first()),
            };
            for (y, row) in rows(plane, self.size, area).enumerate() {
                let line = |raster: &'_ Raster| {
                    y * width..(y * width + row.len()).min(raster.samples.len())
                };
                let Some(raster) = raster else {
                    row.fill(255);
                    continue;
                };
                let new = raster.samples.get(line(raster)).unwrap_or(&[]);
                match alpha.filter(|_| blend) {
                    None => row.iter_mut().zip(new).for_each(|(old, &new)| *old = new),
                    Some(alpha) => {
                        let alpha = alpha.samples.get(line(alpha)).unwrap_or(&[]);
                        for ((old, &new), &alpha) in row.iter_mut().zip(new).zip(alpha) {
                            *old = new.saturating_add(weighted(*old, 255 - alpha));
                        }
                    }
                }
            }
        }
    }

    /// The visible picture; without alpha if it is opaque everywhere.
    pub(super) fn shown(&self) -> Frame {
        let opaque = self.planes.last().is_none_or(|alpha| alpha.iter().all(|&a| a == 255));
        let kind = match (opaque, self.grey) {
            (true, true) => Kind::Luma,
            (true, false) => Kind::Rgb,
            (false, _) => Kind::Rgba,
        };
        let planes = self.planes.iter().take(kind.planes());
        Frame::new(kind, planes.map(|plane| Raster::new(self.size, plane.clone())).collect())
    }
}

/// The rows of a rectangle, clipped to the canvas.
fn rows(plane: &mut [u8], size: Size, area: Area) -> impl Iterator<Item = &mut [u8]> {
    let from = area.left.min(size.width) as usize;
    let to = area.left.saturating_add(area.size.width).min(size.width) as usize;
    let rows = plane.chunks_exact_mut((size.width as usize).max(1));
    let rows = rows.skip(area.top as usize).take(area.size.height as usize);
    rows.map(move |row| row.get_mut(from..to).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: Kind, size: Size, pixel: &[u8]) -> Frame {
        let plane = |&value: &u8| Raster::new(size, vec![value; size.pixels() as usize]);
        Frame::new(kind, pixel.iter().map(plane).collect())
    }

    #[test]
    fn frames_are_laid_in_place_or_over_and_clipped() {
        let size = Size::new(3, 2);
        let mut canvas = Canvas::new(size);
        assert_eq!(canvas.shown().kind, Kind::Rgba);
        canvas.draw(Area::whole(size), true, &frame(Kind::Luma, size, &[90]));
        assert_eq!((canvas.shown().kind, canvas.shown().plane(0)[5]), (Kind::Luma, 90));

        let half = frame(Kind::Rgba, Size::new(2, 2), &[100, 0, 0, 128]);
        let corner = Area { left: 2, top: 1, size: half.size };
        canvas.draw(corner, true, &half);
        let shown = canvas.shown();
        assert_eq!(shown.kind, Kind::Rgb);
        assert_eq!((shown.plane(0)[5], shown.plane(1)[5], shown.plane(0)[4]), (145, 45, 90));

        canvas.draw(corner, false, &half);
        assert_eq!((canvas.shown().plane(0)[5], canvas.shown().plane(3)[5]), (100, 128));
        canvas.clear(corner);
        assert_eq!((canvas.shown().plane(3)[5], canvas.shown().plane(3)[4]), (0, 255));
    }

    #[test]
    fn areas_know_whether_they_are_inside() {
        let inside = |left, top, width, height| {
            Area { left, top, size: Size::new(width, height) }.is_inside(Size::new(4, 3))
        };
        assert!(inside(0, 0, 4, 3) && inside(3, 2, 1, 1));
        assert!(!inside(0, 0, 5, 3) && !inside(1, 1, 1, 3) && !inside(0, 0, 0, 1));
        assert!(!inside(u32::MAX, 0, 2, 1));
    }
}
