//! A small version of a picture.

use image::{DynamicImage, RgbaImage, imageops};

/// The picture as large as fits into `side` × `side`, at least one pixel each
/// way and never larger than it is, each pixel the mean of those that it stands
/// for. What is transparent has no part in the colours.
#[must_use]
pub fn shrink(pixels: &DynamicImage, side: u32) -> RgbaImage {
    let (width, height) = (pixels.width(), pixels.height());
    let longer = width.max(height).max(1);
    let fit = |length: u32| {
        let exact = f64::from(length) * f64::from(side.min(longer)) / f64::from(longer);
        (exact.round() as u32).max(1)
    };
    let (to_width, to_height) = (fit(width), fit(height));
    if let DynamicImage::ImageRgb8(rgb) = pixels {
        let small = imageops::thumbnail(rgb, to_width, to_height);
        return DynamicImage::ImageRgb8(small).into_rgba8();
    }
    let mut rgba = pixels.to_rgba8();
    for pixel in rgba.pixels_mut() {
        let [r, g, b, alpha] = pixel.0;
        let weighted = |value: u8| ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8;
        pixel.0 = [weighted(r), weighted(g), weighted(b), alpha];
    }
    let mut small = imageops::thumbnail(&rgba, to_width, to_height);
    for pixel in small.pixels_mut() {
        let [r, g, b, alpha] = pixel.0;
        let opacity = u32::from(alpha);
        let raised = |value: u8| {
            let raised = (u32::from(value) * 255 + opacity / 2).checked_div(opacity);
            raised.unwrap_or(0).min(255) as u8
        };
        pixel.0 = [raised(r), raised(g), raised(b), alpha];
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba};

    #[test]
    fn proportions_stay_and_nothing_grows() {
        for (width, height, side, expected) in [
            (400, 300, 32, (32, 24)),
            (3, 2, 32, (3, 2)),
            (5000, 1, 32, (32, 1)),
            (1, 1, 100, (1, 1)),
        ] {
            let picture = RgbImage::from_pixel(width, height, Rgb([10, 20, 30])).into();
            let small = shrink(&picture, side);
            assert_eq!(small.dimensions(), expected);
            assert!(small.pixels().all(|pixel| pixel.0 == [10, 20, 30, 255]));
        }
    }

    #[test]
    fn what_is_transparent_has_no_part_in_the_colours() {
        let picture = RgbaImage::from_fn(64, 64, |x, _| {
            Rgba(if x % 2 == 0 { [200, 100, 50, 255] } else { [0, 0, 0, 0] })
        });
        for pixel in shrink(&picture.into(), 8).pixels() {
            let [r, g, b, alpha] = pixel.0;
            assert!(alpha.abs_diff(128) <= 1, "{pixel:?}");
            assert!(r.abs_diff(200) <= 2 && g.abs_diff(100) <= 2 && b.abs_diff(50) <= 2);
        }
    }
}
