//! Luma and chroma in limited range: 16 to 235 or 240.

use crate::colour::into_ycc;
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;
use crate::resample::Chroma;

/// Bits of fraction of a factor.
const PRECISION: u32 = 16;
/// BT.601 coefficients of RGB, with limited range.
const LUMA: [i32; 3] = [16_829, 33_039, 6_416];
const BLUENESS: [i32; 3] = [-9_714, -19_071, 28_784];
const REDNESS: [i32; 3] = [28_784, -24_103, -4_681];

/// The planes of an opaque frame, with chroma halved in each direction.
pub(super) fn planes(frame: Frame) -> [Raster; 3] {
    if frame.kind == Kind::Rgb {
        return from_rgb(&frame);
    }
    let half = half(frame.size);
    let mut rasters = into_ycc(frame, Chroma::Half).rasters.into_iter();
    let grey = || Raster::new(half, vec![128; half.pixels() as usize]);
    let luma = rasters.next().unwrap_or_else(grey);
    let chroma = [rasters.next(), rasters.next()];
    let [u, v] =
        chroma.map(|raster| raster.map_or_else(grey, |r| limited(&r, 224.0, 128.0, 128.0)));
    [limited(&luma, 219.0, 0.0, 16.0), u, v]
}

fn half(size: Size) -> Size {
    Size::new(size.width.div_ceil(2), size.height.div_ceil(2))
}

/// Directly from RGB, so every sample is rounded only once.
fn from_rgb(frame: &Frame) -> [Raster; 3] {
    let width = (frame.size.width as usize).max(1);
    let half = half(frame.size);
    let mut luma = Vec::with_capacity(frame.plane(0).len());
    let mut chroma = [(); 2].map(|()| Vec::with_capacity(half.pixels() as usize));
    let pairs = |plane: usize| frame.plane(plane).chunks(2 * width);
    for ((red, green), blue) in pairs(0).zip(pairs(1)).zip(pairs(2)) {
        let pixels = red.iter().zip(green).zip(blue);
        luma.extend(pixels.map(|((&r, &g), &b)| {
            sample(LUMA, [r, g, b].map(i32::from), 16 << PRECISION, PRECISION)
        }));
        let sums = [sums(red, width), sums(green, width), sums(blue, width)];
        let [red, green, blue] = &sums;
        for ((&r, &g), &b) in red.iter().zip(green).zip(blue) {
            for (samples, factors) in chroma.iter_mut().zip([BLUENESS, REDNESS]) {
                let bits = PRECISION + 2;
                samples.push(sample(factors, [r, g, b], 128 << bits, bits));
            }
        }
    }
    let [u, v] = chroma.map(|samples| Raster::new(half, samples));
    [Raster::new(frame.size, luma), u, v]
}

/// Sums of 2 × 2 samples of two rows. An odd last row or column is used twice.
fn sums(pair: &[u8], width: usize) -> Vec<i32> {
    let (upper, lower) = pair.split_at(width.min(pair.len()));
    let lower = if lower.is_empty() { upper } else { lower };
    let of = |pair: &[u8]| match *pair {
        [a, b] => i32::from(a) + i32::from(b),
        [a] => 2 * i32::from(a),
        _ => 0,
    };
    upper.chunks(2).zip(lower.chunks(2)).map(|(upper, lower)| of(upper) + of(lower)).collect()
}

#[inline(always)]
fn sample(factors: [i32; 3], [r, g, b]: [i32; 3], zero: i32, bits: u32) -> u8 {
    let [red, green, blue] = factors;
    ((red * r + green * g + blue * b + zero + (1 << (bits - 1))) >> bits) as u8
}

/// Compresses the range of a plane, such that `from` becomes `to`.
fn limited(raster: &Raster, range: f64, from: f64, to: f64) -> Raster {
    let table: [u8; 256] =
        std::array::from_fn(|value| ((value as f64 - from) * range / 255.0 + to).round() as u8);
    let convert = |&value: &u8| table.get(usize::from(value)).copied().unwrap_or(value);
    Raster::new(raster.size, raster.samples.iter().map(convert).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: u32, height: u32, pixel: impl Fn(usize) -> [u8; 3]) -> Frame {
        let size = Size::new(width, height);
        let plane = |channel: usize| {
            Raster::new(size, (0..size.pixels() as usize).map(|i| pixel(i)[channel]).collect())
        };
        Frame::new(Kind::Rgb, vec![plane(0), plane(1), plane(2)])
    }

    #[test]
    fn every_sample_is_the_nearest_to_what_it_stands_for() {
        let pixel = |i: usize| [(i * 37 % 256) as u8, (i * 91 % 256) as u8, (i * 53 % 256) as u8];
        for (width, height) in [(1, 1), (2, 2), (5, 3), (16, 7), (33, 18)] {
            let [y, u, v] = planes(frame(width, height, pixel));
            let at = |x: u32, y: u32| {
                let (x, y) = (x.min(width - 1), y.min(height - 1));
                pixel((y * width + x) as usize).map(f64::from)
            };
            let luma = |[r, g, b]: [f64; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
            for (i, &found) in y.samples.iter().enumerate() {
                let exact = 16.0 + luma(pixel(i).map(f64::from)) * 219.0 / 255.0;
                assert!((f64::from(found) - exact).abs() < 0.51, "{found} {exact}");
            }
            for (i, (&u, &v)) in u.samples.iter().zip(&v.samples).enumerate() {
                let (x, y) = (i as u32 % width.div_ceil(2) * 2, i as u32 / width.div_ceil(2) * 2);
                let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
                let mean = [0, 1, 2].map(|c| four.iter().map(|pixel| pixel[c]).sum::<f64>() / 4.0);
                let scale = 224.0 / 255.0;
                let exact = [(mean[2] - luma(mean)) / 1.772, (mean[0] - luma(mean)) / 1.402];
                for (found, exact) in [u, v].into_iter().zip(exact) {
                    let exact = 128.0 + exact * scale;
                    assert!((f64::from(found) - exact).abs() < 0.51, "{found} {exact}");
                }
            }
        }
    }

    #[test]
    fn grey_has_no_chroma() {
        let [y, u, v] = planes(frame(3, 3, |i| [i as u8 * 28; 3]));
        assert_eq!((u.samples, v.samples), (vec![128; 4], vec![128; 4]));
        let grey = Raster::new(y.size, (0..9).map(|i| i * 28).collect());
        let [same, u, v] = planes(Frame::new(Kind::Luma, vec![grey]));
        assert_eq!((same, u.samples, v.samples), (y, vec![128; 4], vec![128; 4]));
    }
}
