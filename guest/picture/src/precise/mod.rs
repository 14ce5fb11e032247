//! The precise resampler: linear light, filters other than Lanczos, and 16 bits.
//!
//! It works in floating point throughout. It takes several times as long as `resample`, and needs
//! the picture at its full size.

mod axis;
mod deep;
mod filter;

use std::sync::Arc;

use crate::frame::{Frame, Kind, Raster};
use crate::geometry::{Region, Size};
use crate::light::{TO_LINEAR, stored};
use axis::Axis;
pub use deep::Deep;
pub use filter::Filter;

/// The maximum memory per source pixel.
pub const BYTES_A_PIXEL: u64 = 8;

/// The source of the pixels.
#[derive(Clone)]
pub enum Pixels<'a> {
    /// Planes of [`Kind::Luma`], [`Kind::Rgb`] or [`Kind::Rgba`].
    Frame(&'a Frame),
    /// 16-bit samples.
    Deep(Arc<Deep>),
}

impl Pixels<'_> {
    fn size(&self) -> Size {
        match self {
            Self::Frame(frame) => frame.size,
            Self::Deep(deep) => deep.size,
        }
    }

    fn channels(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.kind.planes(),
            Self::Deep(deep) => deep.kind.planes(),
        }
    }

    /// A row of interleaved samples, 0 to 1, premultiplied.
    fn row(&self, y: usize, linear: bool, row: &mut [f32]) {
        let channels = self.channels();
        match self {
            Self::Frame(frame) => {
                let width = frame.size.width as usize;
                let plain: &[f32; 256] = &PLAIN;
                let table: &[f32; 256] = if linear { &TO_LINEAR } else { plain };
                for (channel, raster) in frame.rasters.iter().enumerate() {
                    let line = raster.samples.get(y * width..(y + 1) * width).unwrap_or(&[]);
                    let table = if channel == 3 { plain } else { table };
                    let out = row.iter_mut().skip(channel).step_by(channels);
                    // Stored colours are premultiplied in sRGB, so they must be un-premultiplied
                    // before conversion to linear light.
                    match (frame.rasters.get(3), linear && channel < 3) {
                        (Some(alpha), true) => {
                            let alpha = alpha.samples.get(y * width..).unwrap_or(&[]);
                            for ((out, &value), &alpha) in out.zip(line).zip(alpha) {
                                let raised = (u32::from(value) * 255)
                                    .checked_div(u32::from(alpha))
                                    .unwrap_or(0)
                                    .min(255);
                                *out = table[raised as usize] * plain[usize::from(alpha)];
                            }
                        }
                        _ => {
                            for (out, &value) in out.zip(line) {
                                *out = table[usize::from(value)];
                            }
                        }
                    }
                }
            }
            Self::Deep(deep) => deep.row(y, linear, row),
        }
    }
}

static PLAIN: std::sync::LazyLock<[f32; 256]> =
    std::sync::LazyLock::new(|| std::array::from_fn(|value| value as f32 / 255.0));

/// A resized picture with interleaved, premultiplied samples; linear if `linear` was set.
pub struct Resized {
    size: Size,
    kind: Kind,
    linear: bool,
    samples: Vec<f32>,
}

/// `region` of `source` at `size`.
pub fn resize(
    source: &Pixels<'_>,
    region: Region,
    size: Size,
    filter: Filter,
    linear: bool,
) -> Resized {
    let Size { width, height } = source.size();
    let axis = |side: u32, start: f64, part: f64, target: u32| {
        let side_f = f64::from(side);
        Axis::new(filter, side, side_f * start, side_f * part / f64::from(target), target)
    };
    let columns = axis(width, region.left, region.width, size.width);
    let rows = axis(height, region.top, region.height, size.height);
    let channels = source.channels();
    let line = size.width as usize * channels;
    let mut samples = vec![0.0; line * size.height as usize];
    let mut stored = vec![0.0; width as usize * channels];
    let mut narrow = vec![0.0; line];
    // Each source row is resized horizontally once, and added to the adjacent target rows that use
    // it.
    let mut first = 0;
    for y in 0..height as usize {
        let ends = |(start, weights): &(usize, Vec<f32>)| start + weights.len();
        while rows.spans.get(first).is_some_and(|span| ends(span) <= y) {
            first += 1;
        }
        let parts = rows.spans.iter().enumerate().skip(first);
        let mut parts = parts.take_while(|(_, (start, _))| *start <= y).peekable();
        if parts.peek().is_none() {
            continue;
        }
        source.row(y, linear, &mut stored);
        narrow_row(&stored, channels, &columns, &mut narrow);
        for (target, (start, weights)) in parts {
            let Some(weight) = weights.get(y - start) else { continue };
            let out = samples.get_mut(target * line..(target + 1) * line).unwrap_or(&mut []);
            for (sum, value) in out.iter_mut().zip(&narrow) {
                *sum += value * weight;
            }
        }
    }
    let kind = match source {
        Pixels::Frame(frame) => frame.kind,
        Pixels::Deep(deep) => deep.kind,
    };
    Resized { size, kind, linear, samples }
}

fn narrow_row(row: &[f32], channels: usize, columns: &Axis, out: &mut [f32]) {
    for (out, (start, weights)) in out.chunks_exact_mut(channels).zip(&columns.spans) {
        out.fill(0.0);
        let pixels = row.get(start * channels..).unwrap_or(&[]).chunks_exact(channels);
        for (pixel, weight) in pixels.zip(weights) {
            for (sum, value) in out.iter_mut().zip(pixel) {
                *sum += value * weight;
            }
        }
    }
}

impl Resized {
    /// In 8 bits.
    pub fn frame(&self) -> Frame {
        let channels = self.kind.planes();
        let mut planes: Vec<Vec<u8>> =
            (0..channels).map(|_| Vec::with_capacity(self.size.pixels() as usize)).collect();
        for pixel in self.samples.chunks_exact(channels) {
            let alpha = pixel.get(3).map_or(1.0, |alpha| alpha.clamp(0.0, 1.0));
            for (channel, (plane, &value)) in planes.iter_mut().zip(pixel).enumerate() {
                let value = match (self.linear && channel < 3, alpha) {
                    (_, 0.0) => 0.0,
                    (true, alpha) => stored(value / alpha) * alpha,
                    (false, _) => value.clamp(0.0, if channel < 3 { alpha } else { 1.0 }),
                };
                plane.push((value * 255.0 + 0.5) as u8);
            }
        }
        let raster = |samples| Raster::new(self.size, samples);
        Frame::new(self.kind, planes.into_iter().map(raster).collect())
    }

    /// In 16 bits, not premultiplied.
    pub fn deep(&self) -> Deep {
        let channels = self.kind.planes();
        let mut samples = Vec::with_capacity(self.samples.len());
        for pixel in self.samples.chunks_exact(channels) {
            let alpha = pixel.get(3).map_or(1.0, |alpha| alpha.clamp(0.0, 1.0));
            for (channel, &value) in pixel.iter().enumerate() {
                let value = match (channel, alpha) {
                    (3, alpha) => alpha,
                    (_, 0.0) => 0.0,
                    (_, alpha) if self.linear => stored(value / alpha),
                    (_, alpha) => (value / alpha).clamp(0.0, 1.0),
                };
                samples.push((value * 65535.0 + 0.5) as u16);
            }
        }
        Deep { size: self.size, kind: self.kind, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luma(width: u32, height: u32, samples: Vec<u8>) -> Frame {
        Frame::new(Kind::Luma, vec![Raster::new(Size::new(width, height), samples)])
    }

    #[test]
    fn lanczos_is_the_same_as_on_the_fast_way() {
        let noise = |n: u32| (n.wrapping_mul(2_654_435_761) >> 17) as u8;
        let picture = luma(97, 61, (0..97 * 61).map(noise).collect());
        let region = Region { left: 0.1, top: 0.2, width: 0.7, height: 0.6 };
        for size in [Size::new(31, 20), Size::new(97, 61), Size::new(150, 100)] {
            let fast =
                crate::resample::resize(&picture, region, size, crate::resample::Chroma::Full);
            let fine = resize(&Pixels::Frame(&picture), region, size, Filter::Lanczos3, false);
            for (a, b) in fast.plane(0).iter().zip(fine.frame().plane(0)) {
                assert!(a.abs_diff(*b) <= 1, "{size:?} {a} {b}");
            }
        }
    }

    #[test]
    fn light_adds_up() {
        // Black and white lines in equal parts: half of the light is not grey 128.
        let lines = luma(64, 64, (0..64 * 64).map(|n| if n % 2 == 0 { 0 } else { 255 }).collect());
        let mean = |linear| {
            let fine = resize(
                &Pixels::Frame(&lines),
                Region::WHOLE,
                Size::new(4, 4),
                Filter::Linear,
                linear,
            );
            fine.frame().plane(0)[5]
        };
        assert!(mean(false).abs_diff(128) <= 1, "{}", mean(false));
        assert!(mean(true).abs_diff(188) <= 1, "{}", mean(true));
    }

    #[test]
    fn sixteen_bits_stay() {
        let samples: Vec<u16> = (0..64 * 4).map(|n| n * 255 + 3).collect();
        let deep = Deep { size: Size::new(64, 4), kind: Kind::Luma, samples: samples.clone() };
        let pixels = Pixels::Deep(Arc::new(deep));
        let same = resize(&pixels, Region::WHOLE, Size::new(64, 4), Filter::Lanczos3, false);
        assert_eq!(same.deep().samples, samples);
    }

    #[test]
    fn what_is_transparent_does_not_bleed() {
        let row: Vec<u8> = (0..64).map(|x| if x < 31 { 255 } else { 0 }).collect();
        let plane = Raster::new(Size::new(64, 64), row.repeat(64));
        let frame = Frame::new(Kind::Rgba, vec![plane; 4]);
        for linear in [false, true] {
            let fine = resize(
                &Pixels::Frame(&frame),
                Region::WHOLE,
                Size::new(9, 9),
                Filter::Lanczos3,
                linear,
            );
            for pixel in fine.deep().samples.as_chunks::<4>().0 {
                let [r, g, b, alpha] = *pixel;
                assert!(alpha < 2000 || r.min(g).min(b) > 64_000, "{r} {g} {b} {alpha}");
            }
        }
    }
}
