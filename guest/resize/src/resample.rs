//! Reduction and enlargement with Lanczos' filter, in 8 bits, plane by plane.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use obscura_sdk::Error;

use crate::frame::{Frame, Kind, Raster};
use crate::geometry::{Region, Size};

/// How many samples of chroma a resized [`Kind::Ycc`] frame is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chroma {
    /// Half in each direction, rounded up: what 4:2:0 stores.
    Half,
    /// As many as of luma.
    Full,
}

/// A resizer, and the memory that it works in.
#[derive(Debug, Default)]
pub(crate) struct Resampler(Resizer);

impl Resampler {
    /// `region` of `frame` at `size`.
    pub(crate) fn resize(
        &mut self,
        frame: &Frame,
        region: Region,
        size: Size,
        chroma: Chroma,
    ) -> Result<Frame, Error> {
        let mut rasters = Vec::with_capacity(frame.rasters.len());
        for (index, raster) in frame.rasters.iter().enumerate() {
            let halved = index > 0 && chroma == Chroma::Half;
            rasters.push(self.resize_raster(raster, region, size, halved, frame.kind)?);
        }
        Ok(Frame { size, kind: frame.kind, rasters })
    }

    fn resize_raster(
        &mut self,
        raster: &Raster,
        region: Region,
        size: Size,
        halved: bool,
        kind: Kind,
    ) -> Result<Raster, Error> {
        let step = if halved { 2 } else { 1 };
        let target = Size::new(size.width.div_ceil(step), size.height.div_ceil(step));
        let covered =
            (f64::from(size.width) / f64::from(step), f64::from(size.height) / f64::from(step));
        let (left, width) = span(raster.covered.0, raster.size.width, region.left, region.width)
            .stretched(f64::from(target.width) / covered.0);
        let (top, height) = span(raster.covered.1, raster.size.height, region.top, region.height)
            .stretched(f64::from(target.height) / covered.1);

        let whole = left == 0.0 && top == 0.0;
        let same = (f64::from(target.width), f64::from(target.height)) == (width, height);
        if whole && same && target == raster.size {
            return Ok(Raster { covered, ..raster.clone() });
        }

        let pixel = match kind {
            Kind::Luma | Kind::Ycc => PixelType::U8,
            Kind::Rgb => PixelType::U8x3,
            Kind::Rgba => PixelType::U8x4,
        };
        let fault = |error: &dyn std::fmt::Display| Error::Internal(format!("resizing: {error}"));
        let source = ImageRef::new(raster.size.width, raster.size.height, &raster.samples, pixel)
            .map_err(|error| fault(&error))?;
        let mut result = Image::new(target.width, target.height, pixel);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .crop(left, top, width, height)
            .use_alpha(false); // Premultiplied already.
        self.0.resize(&source, &mut result, &options).map_err(|error| fault(&error))?;
        Ok(Raster { covered, ..Raster::new(target, raster.channels, result.into_vec()) })
    }
}

/// A part of one side of a raster.
struct Span {
    start: f64,
    length: f64,
    /// The raster's whole side.
    side: f64,
}

fn span(covered: f64, side: u32, start: f64, length: f64) -> Span {
    let side = f64::from(side);
    let start = (start * covered).clamp(0.0, side);
    Span { start, length: (length * covered).clamp(0.0, side - start), side }
}

impl Span {
    /// Start and length, when more of the raster is shown because the target
    /// hangs over the picture's edge by part of a sample.
    fn stretched(self, by: f64) -> (f64, f64) {
        (self.start, (self.length * by).min(self.side - self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_transparent_does_not_bleed() {
        // White, opaque on the left; transparent on the right.
        let row: Vec<u8> = (0..64).flat_map(|x| [if x < 31 { 255 } else { 0 }; 4]).collect();
        let frame = Frame::single(Kind::Rgba, Raster::new(Size::new(64, 64), 4, row.repeat(64)));
        let small = Resampler::default()
            .resize(&frame, Region::WHOLE, Size::new(9, 9), Chroma::Half)
            .unwrap();
        for pixel in crate::colour::straight(&small).as_chunks::<4>().0 {
            let [r, g, b, alpha] = *pixel;
            assert!(alpha < 8 || (r > 250 && g > 250 && b > 250), "{r} {g} {b} {alpha}");
        }
    }

    #[test]
    fn chroma_stays_with_luma() {
        // A step of luma and of chroma at the same place stays at the same place.
        let luma: Vec<u8> = (0..100).map(|x| if x < 50 { 0 } else { 255 }).collect();
        let chroma: Vec<u8> = (0..50).map(|x| if x < 25 { 0 } else { 255 }).collect();
        let frame = Frame {
            size: Size::new(100, 100),
            kind: Kind::Ycc,
            rasters: vec![
                Raster::new(Size::new(100, 100), 1, luma.repeat(100)),
                Raster::new(Size::new(50, 50), 1, chroma.repeat(50)),
                Raster::new(Size::new(50, 50), 1, chroma.repeat(50)),
            ],
        };
        let region = Region { left: 0.25, top: 0.0, width: 0.5, height: 1.0 };
        for width in [20, 21, 37] {
            let size = Size::new(width, 10);
            let small = Resampler::default().resize(&frame, region, size, Chroma::Half).unwrap();
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
        let samples: Vec<u8> = (0..=255).collect();
        let frame = Frame::single(Kind::Luma, Raster::new(Size::new(16, 16), 1, samples));
        let same = Resampler::default()
            .resize(&frame, Region::WHOLE, Size::new(16, 16), Chroma::Half)
            .unwrap();
        assert_eq!(same, frame);
    }
}
