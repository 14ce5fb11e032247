//! One picture over another.

use obscura_picture::image::{DynamicImage, Rgb, Rgba, RgbaImage};

/// Lay a mark, whose colours are premultiplied, over a picture, with its upper
/// left corner at `at`; what lies outside is left out. This is `source-over` on
/// sRGB values, as in CSS.
pub(crate) fn over(picture: &mut DynamicImage, mark: &RgbaImage, (left, top): (i64, i64)) {
    let (width, height) = (picture.width(), picture.height());
    for (x, y, pixel) in mark.enumerate_pixels() {
        if pixel.0[3] == 0 {
            continue;
        }
        let place = |start: i64, at: u32, length: u32| {
            u32::try_from(start + i64::from(at)).ok().filter(|at| *at < length)
        };
        let (Some(x), Some(y)) = (place(left, x, width), place(top, y, height)) else { continue };
        match picture {
            DynamicImage::ImageRgb8(under) => {
                under.get_pixel_mut_checked(x, y).into_iter().for_each(|to| opaque(to, *pixel));
            }
            DynamicImage::ImageRgba8(under) => {
                under.get_pixel_mut_checked(x, y).into_iter().for_each(|to| seen(to, *pixel));
            }
            _ => return, // `Picture` gives no others.
        }
    }
}

fn opaque(under: &mut Rgb<u8>, Rgba([colours @ .., alpha]): Rgba<u8>) {
    let through = 255 - u32::from(alpha);
    for (to, from) in under.0.iter_mut().zip(colours) {
        let left = (u32::from(*to) * through + 127) / 255;
        *to = (u32::from(from) + left).min(255) as u8;
    }
}

fn seen(under: &mut Rgba<u8>, Rgba([colours @ .., alpha]): Rgba<u8>) {
    let [.., below] = under.0;
    // Both in 255ths of 255ths.
    let kept = u32::from(below) * (255 - u32::from(alpha));
    let opacity = u32::from(alpha) * 255 + kept;
    for (to, from) in under.0.iter_mut().zip(colours) {
        let sum = u32::from(from) * 255 * 255 + u32::from(*to) * kept;
        *to = (sum + opacity / 2).checked_div(opacity).unwrap_or(0).min(255) as u8;
    }
    let [.., to] = &mut under.0;
    *to = ((opacity + 127) / 255) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;
    use obscura_picture::image::RgbImage;

    /// By the definition, in floating point.
    fn exact(under: [u8; 4], mark: [u8; 4]) -> [f64; 4] {
        let share = |value: u8| f64::from(value) / 255.0;
        let (above, below) = (share(mark[3]), share(under[3]));
        let alpha = above + below * (1.0 - above);
        let colour = |i: usize| {
            let sum = share(mark[i]) + share(under[i]) * below * (1.0 - above);
            if alpha > 0.0 { sum / alpha } else { 0.0 }
        };
        [colour(0), colour(1), colour(2), alpha].map(|value| value * 255.0)
    }

    #[test]
    fn it_is_source_over() {
        for under in [[0, 0, 0, 255], [255, 255, 255, 255], [200, 100, 50, 128], [9, 9, 9, 0]] {
            // Premultiplied: no colour is above the opacity.
            for mark in [[0, 0, 0, 1], [255, 255, 255, 255], [120, 60, 0, 128], [0, 0, 0, 64]] {
                let mut rgba: DynamicImage = RgbaImage::from_pixel(1, 1, Rgba(under)).into();
                over(&mut rgba, &RgbaImage::from_pixel(1, 1, Rgba(mark)), (0, 0));
                let got = rgba.to_rgba8().get_pixel(0, 0).0;
                for (got, expected) in got.into_iter().zip(exact(under, mark)) {
                    assert!((f64::from(got) - expected).abs() <= 1.0, "{under:?} {mark:?} {got}");
                }
                if under[3] < 255 {
                    continue;
                }
                let [r, g, b, _] = under;
                let mut rgb: DynamicImage = RgbImage::from_pixel(1, 1, Rgb([r, g, b])).into();
                over(&mut rgb, &RgbaImage::from_pixel(1, 1, Rgba(mark)), (0, 0));
                assert_eq!(rgb.to_rgba8().get_pixel(0, 0).0, got);
            }
        }
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mark = RgbaImage::from_pixel(3, 3, Rgba([255; 4]));
        for (at, white) in [((-2, -2), 1), ((-3, 0), 0), ((3, 1), 6), ((1, 1), 9), ((4, 4), 1)] {
            let mut picture = RgbImage::new(5, 5).into();
            over(&mut picture, &mark, at);
            let count = picture.to_rgb8().pixels().filter(|pixel| pixel.0 == [255; 3]).count();
            assert_eq!(count, white, "{at:?}");
        }
    }
}
