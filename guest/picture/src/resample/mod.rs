//! Resampling with the Lanczos filter, plane by plane.
//!
//! Rows are combined first, then columns: combining rows applies the same operation to adjacent
//! samples, which can be vectorised, and leaves fewer rows for the column pass. There, eight rows
//! are transposed, so that combining columns can be vectorised, too. Weights are in fixed point,
//! and a native build gives the same samples as WebAssembly.

mod filter;
mod kernel;

use crate::frame::{Frame, Raster};
use crate::geometry::{Region, Size};
use filter::Axis;

/// The chroma of a resized [`Kind::Ycc`](crate::frame::Kind::Ycc) frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// Half in each direction, rounded up: 4:2:0.
    Half,
    /// Full: 4:4:4.
    Full,
}

/// Resize `region` of `frame` to `size`, in full range.
pub fn resize(frame: &Frame, region: Region, size: Size, chroma: Chroma) -> Frame {
    let subsampled = frame.kind.has_chroma() && chroma == Chroma::Half;
    // Planes of one size share their weights.
    let mut last: Option<Scaling> = None;
    let rasters = frame.rasters.iter().enumerate().map(|(index, raster)| {
        let step = if subsampled && index > 0 { 2 } else { 1 };
        let scaling = match last.take() {
            Some(scaling) if scaling.suits(raster, step) => scaling,
            _ => Scaling::new(raster, region, size, step),
        };
        let mut small = last.insert(scaling).apply(raster);
        raster.range.widen(&mut small.samples);
        small
    });
    Frame { size, kind: frame.kind, rasters: rasters.collect() }
}

/// The weights for resizing rasters of one size.
struct Scaling {
    /// Its key: the raster's size, its coverage, and the subsampling of the target.
    source: (Size, (f64, f64), u32),
    target: Size,
    covered: (f64, f64),
    /// The weights, or none if the target is the source.
    axes: Option<Axes>,
}

/// The weights for both sides.
struct Axes {
    columns: Axis,
    rows: Axis,
}

impl Scaling {
    /// For `region` of a frame with the plane `raster`; `size` is the new frame's, and the plane
    /// has 1/`step` of it.
    fn new(raster: &Raster, region: Region, size: Size, step: u32) -> Self {
        let source = (raster.size, raster.covered, step);
        let target = Size::new(size.width.div_ceil(step), size.height.div_ceil(step));
        let step = f64::from(step);
        let covered = (f64::from(size.width) / step, f64::from(size.height) / step);
        // The number of source samples per target sample.
        let across = raster.covered.0 * region.width / covered.0;
        let down = raster.covered.1 * region.height / covered.1;
        let left = raster.covered.0 * region.left;
        let top = raster.covered.1 * region.top;

        let whole = left == 0.0 && top == 0.0 && across == 1.0 && down == 1.0;
        let axes = (!whole || target != raster.size).then(|| Axes {
            columns: Axis::new(raster.size.width, left, across, target.width, 2),
            rows: Axis::new(raster.size.height, top, down, target.height, 1),
        });
        Self { source, target, covered, axes }
    }

    fn suits(&self, raster: &Raster, step: u32) -> bool {
        self.source == (raster.size, raster.covered, step)
    }

    fn apply(&self, raster: &Raster) -> Raster {
        let samples = match &self.axes {
            Some(axes) => axes.combine(raster, self.target),
            None => raster.samples.clone(),
        };
        Raster { covered: self.covered, ..Raster::new(self.target, samples) }
    }
}

impl Axes {
    /// The resized `raster`, with size `target`.
    fn combine(&self, raster: &Raster, target: Size) -> Vec<u8> {
        let stride = raster.size.width as usize;
        let width = target.width as usize;
        let mut samples = vec![0; width * target.height as usize];
        let mut combined = kernel::Combined::new(stride, self.columns.taps);
        let mut spans = self.rows.spans();
        for out in samples.chunks_mut((width * kernel::ROWS).max(1)) {
            for (row, (start, weights)) in combined.rows().zip(&mut spans) {
                let lines = raster.samples.get(start * stride..).unwrap_or_default();
                kernel::combine_rows(lines, stride, weights, row);
            }
            combined.columns(&self.columns, out, width);
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Kind;

    fn gray(width: u32, height: u32, samples: Vec<u8>) -> Frame {
        Frame::new(Kind::Luma, vec![Raster::new(Size::new(width, height), samples)])
    }

    #[test]
    fn what_is_transparent_does_not_bleed() {
        // White, opaque on the left; transparent on the right.
        let row: Vec<u8> = (0..64).map(|x| if x < 31 { 255 } else { 0 }).collect();
        let plane = Raster::new(Size::new(64, 64), row.repeat(64));
        let frame = Frame::new(Kind::Rgba, vec![plane; 4]);
        let small = resize(&frame, Region::WHOLE, Size::new(9, 9), Chroma::Half);
        for pixel in crate::colour::straight(&small).as_chunks::<4>().0 {
            let [r, g, b, alpha] = *pixel;
            assert!(alpha < 8 || (r > 250 && g > 250 && b > 250), "{r} {g} {b} {alpha}");
        }
    }

    #[test]
    fn chroma_stays_with_luma() {
        // An edge in luma and chroma stays at the same position.
        let luma: Vec<u8> = (0..100).map(|x| if x < 50 { 0 } else { 255 }).collect();
        let chroma: Vec<u8> = (0..50).map(|x| if x < 25 { 0 } else { 255 }).collect();
        let half = Raster::new(Size::new(50, 50), chroma.repeat(50));
        let luma = Raster::new(Size::new(100, 100), luma.repeat(100));
        let frame = Frame::new(Kind::Ycc, vec![luma, half.clone(), half]);
        let region = Region { left: 0.25, top: 0.0, width: 0.5, height: 1.0 };
        for width in [20, 21, 37] {
            let size = Size::new(width, 10);
            let small = resize(&frame, region, size, Chroma::Half);
            let mean = |raster: &Raster| {
                raster.samples.iter().map(|&v| f64::from(v)).sum::<f64>()
                    / raster.samples.len() as f64
            };
            assert_eq!(small.rasters[1].size, Size::new(width.div_ceil(2), 5));
            let expected = mean(&small.rasters[0]);
            let shift = (mean(&small.rasters[1]) - expected).abs() * f64::from(width) / 255.0;
            assert!(shift < 0.6, "{width}: {shift} pixels");
        }
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let frame = gray(16, 16, (0..=255).collect());
        assert_eq!(resize(&frame, Region::WHOLE, Size::new(16, 16), Chroma::Half), frame);
    }

    #[test]
    fn every_size_from_every_size() {
        // A flat picture stays flat, and a gradient stays a gradient, up to the edges.
        for (from, to) in
            [(1, 1), (1, 9), (2, 1), (7, 100), (64, 3), (100, 33), (1000, 7), (97, 96)]
        {
            let flat = gray(from, 3, vec![77; from as usize * 3]);
            let flat = resize(&flat, Region::WHOLE, Size::new(to, 5), Chroma::Half);
            assert_eq!(flat.rasters[0].samples, vec![77; to as usize * 5], "{from} to {to}");

            let value = |x: f64| (x * 200.0 + 20.0).round() as u8;
            let row: Vec<u8> =
                (0..from).map(|x| value((f64::from(x) + 0.5) / f64::from(from))).collect();
            let slope = resize(&gray(from, 1, row), Region::WHOLE, Size::new(to, 1), Chroma::Half);
            if from >= to && from > 2 {
                for (x, &got) in slope.rasters[0].samples.iter().enumerate() {
                    let expected = value((x as f64 + 0.5) / f64::from(to));
                    let edge = x == 0 || x + 1 == to as usize;
                    assert!(
                        got.abs_diff(expected) <= if edge { 12 } else { 3 },
                        "{from}: {got} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn it_is_lanczos() {
        // Against the definition, in floating point.
        let width = 61;
        let noise = |x: u32| (x.wrapping_mul(2_654_435_761) >> 13) as u8;
        let row: Vec<u8> = (0..width).map(noise).collect();
        for to in [20, 45, 61, 100] {
            let got =
                resize(&gray(width, 1, row.clone()), Region::WHOLE, Size::new(to, 1), Chroma::Half);
            let scale = f64::from(width) / f64::from(to);
            let stretch = scale.max(1.0);
            for (x, &got) in got.rasters[0].samples.iter().enumerate() {
                let centre = (x as f64 + 0.5) * scale;
                let (mut sum, mut weights) = (0.0, 0.0);
                for (at, &sample) in row.iter().enumerate() {
                    let distance = (at as f64 + 0.5 - centre) / stretch;
                    if distance.abs() < 3.0 {
                        let pi = std::f64::consts::PI * distance;
                        let weight = if distance == 0.0 {
                            1.0
                        } else {
                            3.0 * pi.sin() * (pi / 3.0).sin() / (pi * pi)
                        };
                        sum += weight * f64::from(sample);
                        weights += weight;
                    }
                }
                let expected = (sum / weights).clamp(0.0, 255.0);
                assert!((f64::from(got) - expected).abs() < 1.0, "{to}: {x} {got} {expected}");
            }
        }
    }
}
