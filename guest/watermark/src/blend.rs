//! Blends a mark over a picture, plane by plane.

use std::ops::Range;

use obscura_jpeg::color::rgb_to_ycc;
use obscura_picture::colour::{into_rgb, weighted};
use obscura_picture::frame::{Frame, Kind, Raster};
use obscura_picture::geometry::Size;

/// Blend a mark, a [`Kind::Rgba`] frame, over a picture, with its upper left corner at each of
/// `places`; it is clipped to the picture, and no other sample is changed. This is `source-over` on
/// sRGB values, as in CSS.
pub(crate) fn over(frame: Frame, mark: &Frame, places: impl Iterator<Item = (i64, i64)>) -> Frame {
    // A mark may be coloured on a grey picture.
    let mut frame = if frame.kind == Kind::Luma { into_rgb(frame) } else { frame };
    let in_ycc = (frame.kind == Kind::Ycc).then(|| in_ycc(mark));
    for at in places {
        match &in_ycc {
            None => {
                for (plane, part) in frame.rasters.iter_mut().zip(&mark.rasters) {
                    lay(plane, &part.samples, mark, at);
                }
            }
            Some([luma, chroma @ ..]) => {
                let size = frame.size;
                for (index, plane) in frame.rasters.iter_mut().enumerate() {
                    match index.checked_sub(1).and_then(|index| chroma.get(index)) {
                        None => lay(plane, luma, mark, at),
                        Some(part) => tint(plane, part, mark, at, size),
                    }
                }
            }
        }
    }
    frame
}

/// Premultiplied YCbCr of a mark. Transparent pixels have 0, and 128 for chroma.
fn in_ycc(mark: &Frame) -> [Vec<u8>; 3] {
    let planes = mark.plane(0).iter().zip(mark.plane(1)).zip(mark.plane(2));
    let rgb: Vec<u8> = planes.flat_map(|((&r, &g), &b)| [r, g, b]).collect();
    let mut planes = [(); 3].map(|()| vec![0; rgb.len() / 3]);
    let [y, cb, cr] = &mut planes;
    rgb_to_ycc(&rgb, 3, y, cb, cr);
    planes
}

/// Blend a mark's premultiplied samples over a plane.
fn lay(plane: &mut Raster, part: &[u8], mark: &Frame, (left, top): (i64, i64)) {
    let (columns, rows) = seen(plane.size, mark.size, (left, top));
    let (width, stride) = (mark.size.width as usize, plane.size.width as usize);
    for y in rows {
        let from = y * width + columns.start..y * width + columns.end;
        let to = place(top, y) * stride + place(left, columns.start);
        let (Some(part), Some(alpha)) = (part.get(from.clone()), mark.plane(3).get(from)) else {
            continue;
        };
        let Some(under) = plane.samples.get_mut(to..to + part.len()) else { continue };
        for (to, (&from, &alpha)) in under.iter_mut().zip(part.iter().zip(alpha)) {
            *to = from.saturating_add(weighted(*to, 255 - alpha));
        }
    }
}

/// Blend a mark's premultiplied chroma over a plane of a picture of this size. A subsampled one
/// gets the mean of the mark over its pixels.
fn tint(plane: &mut Raster, part: &[u8], mark: &Frame, (left, top): (i64, i64), size: Size) {
    if plane.size == size {
        return tinted(plane, mark.size, (left, top), |x, y| {
            let at = y * mark.size.width as usize + x;
            let value = |plane: &[u8]| i32::from(plane.get(at).copied().unwrap_or(0));
            (value(part) - 128, value(mark.plane(3)))
        });
    }
    // The mark's first column may be the second of a chroma sample.
    let (odd, even) = ((left.rem_euclid(2), top.rem_euclid(2)), (left >> 1, top >> 1));
    let halves = |side: u32, odd: i64| (i64::from(side) + odd + 1) / 2;
    let small =
        Size::new(halves(mark.size.width, odd.0) as u32, halves(mark.size.height, odd.1) as u32);
    let width = i64::from(mark.size.width);
    tinted(plane, small, even, |x, y| {
        let (mut sum, mut opacity) = (0, 0);
        for (across, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let x = x as i64 * 2 + across - odd.0;
            let y = y as i64 * 2 + down - odd.1;
            if !(0..width).contains(&x) || !(0..i64::from(mark.size.height)).contains(&y) {
                continue;
            }
            let at = (y * width + x) as usize;
            sum += i32::from(part.get(at).copied().unwrap_or(128)) - 128;
            opacity += i32::from(mark.plane(3).get(at).copied().unwrap_or(0));
        }
        ((sum * 2 + 4).div_euclid(8), (opacity + 2) / 4)
    });
}

/// Blend chroma over a plane: `sample` returns the premultiplied difference from neutral, and the
/// alpha.
fn tinted(
    plane: &mut Raster,
    mark: Size,
    (left, top): (i64, i64),
    sample: impl Fn(usize, usize) -> (i32, i32),
) {
    let (columns, rows) = seen(plane.size, mark, (left, top));
    let stride = plane.size.width as usize;
    for y in rows {
        let start = place(top, y) * stride;
        for x in columns.clone() {
            let (above, alpha) = sample(x, y);
            let Some(to) = plane.samples.get_mut(start + place(left, x)) else { continue };
            let below = (i32::from(*to) - 128) * (255 - alpha);
            *to = (128 + above + (below * 2 + 255).div_euclid(510)).clamp(0, 255) as u8;
        }
    }
}

/// The columns and rows of a mark that are inside a plane.
fn seen(plane: Size, mark: Size, (left, top): (i64, i64)) -> (Range<usize>, Range<usize>) {
    let part = |start: i64, side: u32, most: u32| {
        let from = (-start).clamp(0, side.into());
        let to = (i64::from(most) - start).clamp(from, side.into());
        from as usize..to as usize
    };
    (part(left, mark.width, plane.width), part(top, mark.height, plane.height))
}

/// The position of sample `at` of a mark that begins at `start`, which must be inside.
fn place(start: i64, at: usize) -> usize {
    usize::try_from(start + at as i64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use obscura_picture::Pixels;
    use obscura_picture::colour::into_ycc;
    use obscura_picture::resample::Chroma;

    use super::*;

    fn flat(pixel: [u8; 4], width: u32, height: u32) -> Frame {
        let plane = |value| {
            let size = Size::new(width, height);
            Raster::new(size, vec![value; size.pixels() as usize])
        };
        Frame::new(Kind::Rgba, pixel.map(plane).into())
    }

    /// An opaque frame of one colour.
    fn opaque(pixel: [u8; 3], width: u32, height: u32) -> Frame {
        let samples = pixel.repeat(width as usize * height as usize);
        Pixels::rgb(width, height, samples).unwrap().to_frame()
    }

    /// By the definition, in floating point, premultiplied.
    fn exact(under: [u8; 4], mark: [u8; 4]) -> [f64; 4] {
        let through = 1.0 - f64::from(mark[3]) / 255.0;
        std::array::from_fn(|i| f64::from(mark[i]) + f64::from(under[i]) * through)
    }

    const MARKS: [[u8; 4]; 4] = [[0, 0, 0, 1], [255; 4], [120, 60, 0, 128], [0, 0, 0, 64]];

    #[test]
    fn it_is_source_over() {
        for under in [[0, 0, 0, 255], [255; 4], [100, 50, 25, 128], [0; 4]] {
            for mark in MARKS {
                let got = over(flat(under, 1, 1), &flat(mark, 1, 1), [(0, 0)].into_iter());
                for (plane, expected) in got.rasters.iter().zip(exact(under, mark)) {
                    assert!((f64::from(plane.samples[0]) - expected).abs() <= 0.5, "{under:?}");
                }
            }
        }
    }

    #[test]
    fn luma_and_chroma_are_what_colours_are() {
        for under in [[0; 3], [255; 3], [200, 100, 50], [9, 90, 200]] {
            for mark in MARKS {
                let [r, g, b] = under;
                let expected = exact([r, g, b, 255], mark);
                for chroma in [Chroma::Full, Chroma::Half] {
                    let frame = into_ycc(opaque(under, 6, 6), chroma);
                    // It covers some chroma samples completely, and others partly.
                    let got = over(frame, &flat(mark, 3, 3), [(1, 1)].into_iter());
                    let got = Pixels::of_frame(&got);
                    let [pixel @ .., _] = got.get(2, 2).unwrap();
                    if chroma == Chroma::Full {
                        for (got, expected) in pixel.into_iter().zip(expected) {
                            let off = (f64::from(got) - expected).abs();
                            assert!(off <= 3.0, "{under:?} {mark:?} {got} {expected}");
                        }
                    }
                    let [corner @ .., _] = got.get(5, 5).unwrap();
                    assert!(corner.iter().zip(under).all(|(a, b)| a.abs_diff(b) <= 3));
                }
            }
        }
    }

    #[test]
    fn chroma_of_four_pixels_takes_what_lies_on_them() {
        let grey = || into_ycc(opaque([128; 3], 8, 8), Chroma::Half);
        // Red: Cr is 255, for as many of four pixels as it covers.
        for (at, cr) in [((2, 2), 255), ((1, 2), 192), ((1, 1), 160)] {
            let got = over(grey(), &flat([255, 0, 0, 255], 2, 2), [at].into_iter());
            let found = if at == (2, 2) { got.plane(2)[5] } else { got.plane(2)[4] };
            let found = if at == (1, 1) { got.plane(2)[0] } else { found };
            assert!(found.abs_diff(cr) <= 1, "{at:?}: {:?}", got.plane(2));
        }
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mark = flat([255; 4], 3, 3);
        for (at, white) in [((-2, -2), 1), ((-3, 0), 0), ((3, 1), 6), ((1, 1), 9), ((4, 4), 1)] {
            for frame in [opaque([0; 3], 5, 5), into_ycc(opaque([0; 3], 5, 5), Chroma::Half)] {
                let got = over(frame, &mark, [at].into_iter());
                let count = got.plane(0).iter().filter(|value| **value == 255).count();
                assert_eq!(count, white, "{at:?}");
            }
        }
    }
}
