//! The size, the crop and the position of a rendition, from the picture's size and the parameters.
//!
//! The rules, and the rounding, are those of sharp: a side is its exact length
//! rounded half up, and at least 1; the part that `cover` keeps begins at half
//! the overhang, rounded up; the picture on `contain`'s canvas begins at half
//! the margin, rounded down.

use obscura_picture::geometry::{Canvas, Region, Size};

use crate::parameters::{Fit, Focus, Padding, Position, Rendition};

/// The mapping from a picture to a rendition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    /// The size of the whole picture after scaling.
    pub(crate) scaled: Size,
    /// The part of the picture that is kept.
    pub(crate) region: Region,
    /// The size of that part in the rendition.
    pub(crate) size: Size,
    /// The canvas, if the rendition is larger than the part.
    pub(crate) canvas: Option<Canvas>,
}

impl Placement {
    /// Place an upright picture of size `source`.
    pub(crate) fn of(source: Size, rendition: &Rendition) -> Self {
        Self::unpadded(source, rendition).padded(rendition.pad)
    }

    fn unpadded(source: Size, rendition: &Rendition) -> Self {
        let scaled = scaled(source, rendition);
        let whole = Self { scaled, region: Region::WHOLE, size: scaled, canvas: None };
        // A side that is not given is as long as the picture's.
        let (width, height) = rendition.asked();
        let (width, height) = (width.unwrap_or(scaled.width), height.unwrap_or(scaled.height));
        match rendition.fit {
            Fit::Cover => {
                let size = Size::new(scaled.width.min(width), scaled.height.min(height));
                let (left, top) = match rendition.focus {
                    Some(focus) => focus.at(scaled, size),
                    None => rendition.position.at(scaled, size, 1),
                };
                let (across, down) = (f64::from(scaled.width), f64::from(scaled.height));
                let region = Region {
                    left: f64::from(left) / across,
                    top: f64::from(top) / down,
                    width: f64::from(size.width) / across,
                    height: f64::from(size.height) / down,
                };
                Self { region, size, ..whole }
            }
            Fit::Contain => {
                let size = Size::new(scaled.width.max(width), scaled.height.max(height));
                let (left, top) = rendition.position.at(size, scaled, 0);
                let canvas = (size != scaled).then_some(Canvas { size, left, top });
                Self { canvas, ..whole }
            }
            Fit::Fill | Fit::Inside | Fit::Outside => whole,
        }
    }

    /// Add pixels around it.
    fn padded(self, pad: Padding) -> Self {
        if pad == Padding::default() {
            return self;
        }
        let Canvas { size, left, top } =
            self.canvas.unwrap_or(Canvas { size: self.size, left: 0, top: 0 });
        let size = Size::new(
            size.width.saturating_add(pad.left + pad.right),
            size.height.saturating_add(pad.top + pad.bottom),
        );
        Self { canvas: Some(Canvas { size, left: left + pad.left, top: top + pad.top }), ..self }
    }

    /// The size of the finished rendition.
    pub(crate) fn output(&self) -> Size {
        self.canvas.map_or(self.size, |canvas| canvas.size)
    }
}

/// The size of the whole picture, scaled as asked.
fn scaled(source: Size, rendition: &Rendition) -> Size {
    let (width, height) = (f64::from(source.width), f64::from(source.height));
    let (asked_width, asked_height) = rendition.asked();
    let across = asked_width.map(|asked| width / f64::from(asked));
    let down = asked_height.map(|asked| height / f64::from(asked));
    let (mut across, mut down) = match (across, down) {
        (Some(across), Some(down)) => match rendition.fit {
            Fit::Cover | Fit::Outside => (across.min(down), across.min(down)),
            Fit::Contain | Fit::Inside => (across.max(down), across.max(down)),
            Fit::Fill => (across, down),
        },
        (Some(across), None) if rendition.fit == Fit::Fill => (across, 1.0),
        (None, Some(down)) if rendition.fit == Fit::Fill => (1.0, down),
        (Some(shrink), None) | (None, Some(shrink)) => (shrink, shrink),
        (None, None) => (1.0, 1.0),
    };
    if rendition.without_enlargement {
        (across, down) = (across.max(1.0), down.max(1.0));
    }
    let side = |length: f64, shrink: f64| {
        // Neither side may become 0.
        let scale = 1.0 / shrink.min(length);
        // sharp passes a scale to libvips, which divides by its reciprocal when it reduces. The
        // order affects how a half is rounded.
        let exact = if scale < 1.0 { length / (1.0 / scale) } else { length * scale };
        // In range: at least 1, and `as` saturates.
        (exact + 0.5).floor() as u32
    };
    Size::new(side(width, across).max(1), side(height, down).max(1))
}

impl Focus {
    /// The position of `inner` in `outer` with its centre nearest to this point.
    fn at(self, outer: Size, inner: Size) -> (u32, u32) {
        let place = |point: f64, outer: u32, inner: u32| {
            let start = point * f64::from(outer) - f64::from(inner) / 2.0;
            start.round().clamp(0.0, f64::from(outer.saturating_sub(inner))) as u32
        };
        (place(self.x, outer.width, inner.width), place(self.y, outer.height, inner.height))
    }
}

impl Position {
    /// Whether it depends on the picture's content.
    pub(crate) fn is_found(self) -> bool {
        matches!(self, Self::Entropy | Self::Attention | Self::Faces)
    }

    /// The position of `inner` in `outer`; a centre is rounded up if `bias` is 1.
    fn at(self, outer: Size, inner: Size, bias: u32) -> (u32, u32) {
        let across = outer.width.saturating_sub(inner.width);
        let down = outer.height.saturating_sub(inner.height);
        let middle = |margin: u32| margin.saturating_add(bias) / 2;
        let left = match self {
            Self::LeftTop | Self::Left | Self::LeftBottom => 0,
            Self::Top
            | Self::Center
            | Self::Bottom
            | Self::Entropy
            | Self::Attention
            | Self::Faces => middle(across),
            Self::RightTop | Self::Right | Self::RightBottom => across,
        };
        let top = match self {
            Self::LeftTop | Self::Top | Self::RightTop => 0,
            Self::Left
            | Self::Center
            | Self::Right
            | Self::Entropy
            | Self::Attention
            | Self::Faces => middle(down),
            Self::LeftBottom | Self::Bottom | Self::RightBottom => down,
        };
        (left, top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
        table.lines().filter(|line| !line.starts_with('#')).map(|l| l.split(' ').collect())
    }

    fn number(text: &str) -> Option<u32> {
        text.parse().ok()
    }

    fn named<T: serde::de::DeserializeOwned>(name: &str) -> T {
        let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
            serde::de::IntoDeserializer::into_deserializer(name);
        T::deserialize(name).expect("a known name")
    }

    #[test]
    fn sizes_are_those_of_sharp() {
        let mut rows = 0;
        for row in lines(include_str!("../tests/sizes.txt")) {
            let [w, h, tw, th, fit, keep, ow, oh] = row[..] else { panic!("{row:?}") };
            let source = Size::new(number(w).unwrap(), number(h).unwrap());
            let rendition = Rendition {
                width: number(tw),
                height: number(th),
                fit: named(fit),
                without_enlargement: keep == "true",
                ..Rendition::default()
            };
            let output = Placement::of(source, &rendition).output();
            assert_eq!(Some(output.width), number(ow), "{row:?}");
            assert_eq!(Some(output.height), number(oh), "{row:?}");
            rows += 1;
        }
        assert!(rows >= 2000);
    }

    #[test]
    fn a_focus_is_kept_as_near_to_the_middle_as_possible() {
        let crop = |x, y| {
            let focus = Some(Focus { x, y });
            let (width, height) = (Some(50), Some(50));
            let rendition = Rendition { width, height, focus, ..Rendition::default() };
            Placement::of(Size::new(400, 100), &rendition).region.left * 200.0
        };
        assert_eq!(
            [crop(0.0, 0.5), crop(0.5, 0.5), crop(0.6, 0.1), crop(1.0, 1.0)],
            [0.0, 75.0, 95.0, 150.0]
        );
    }

    #[test]
    fn device_pixels_multiply_and_padding_adds() {
        let pad = Padding { top: 1, right: 2, bottom: 3, left: 4 };
        let rendition =
            Rendition { width: Some(100), pixel_ratio: 1.5, pad, ..Rendition::default() };
        let placement = Placement::of(Size::new(600, 400), &rendition);
        assert_eq!(placement.size, Size::new(150, 100));
        let canvas = Canvas { size: Size::new(156, 104), left: 4, top: 1 };
        assert_eq!(placement.canvas, Some(canvas));
    }

    #[test]
    fn positions_are_those_of_sharp() {
        let mut rows = 0;
        for row in lines(include_str!("../tests/positions.txt")) {
            let [kind, w, h, tw, th, position, x, y] = row[..] else { panic!("{row:?}") };
            let source = Size::new(number(w).unwrap(), number(h).unwrap());
            let rendition = Rendition {
                width: number(tw),
                height: number(th),
                fit: if kind == "crop" { Fit::Cover } else { Fit::Contain },
                position: named(&position.replace("centre", "center")),
                ..Rendition::default()
            };
            let placement = Placement::of(source, &rendition);
            let (left, top) = match placement.canvas {
                Some(canvas) => (canvas.left, canvas.top),
                None => (
                    (placement.region.left * f64::from(placement.scaled.width)).round() as u32,
                    (placement.region.top * f64::from(placement.scaled.height)).round() as u32,
                ),
            };
            assert_eq!((Some(left), Some(top)), (number(x), number(y)), "{row:?}");
            rows += 1;
        }
        assert!(rows > 70);
    }
}
