//! From pixels to a file, without metadata.

use std::borrow::Cow;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, RgbImage};
use obscura_jpeg::{Plane, Rows, Sampling, Settings, color};
use obscura_sdk::Error;

use crate::format::Format;

/// Write a picture. `quality`, 1 to 100, is JPEG's alone: PNG and WebP are
/// written without loss. What is transparent becomes white in JPEG.
///
/// # Errors
/// [`Error::Internal`], for a GIF, which is not written, and for a picture that
/// is too wide or too high for the format.
pub fn encode(pixels: &DynamicImage, format: Format, quality: u8) -> Result<Vec<u8>, Error> {
    match format {
        Format::Jpeg => jpeg(pixels, quality),
        Format::Png => {
            let mut file = Vec::new();
            let encoder = PngEncoder::new_with_quality(
                &mut file,
                CompressionType::Default,
                FilterType::Adaptive,
            );
            pixels.write_with_encoder(encoder).map_err(|error| fault("PNG", &error))?;
            Ok(file)
        }
        Format::Webp => {
            let mut file = Vec::new();
            let encoder = WebPEncoder::new_lossless(&mut file);
            pixels.write_with_encoder(encoder).map_err(|error| fault("WebP", &error))?;
            Ok(file)
        }
        Format::Gif => Err(Error::Internal("GIF is not written".into())),
    }
}

fn jpeg(pixels: &DynamicImage, quality: u8) -> Result<Vec<u8>, Error> {
    let rgb = match pixels {
        DynamicImage::ImageRgb8(rgb) => Cow::Borrowed(rgb),
        other if other.color().has_alpha() => Cow::Owned(flatten(other)),
        other => Cow::Owned(other.to_rgb8()),
    };
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let mut settings = Settings::new(width, height);
    settings.quality = quality.clamp(1, 100);
    settings.sampling = Sampling::S420;
    let planes = color::to_planes(&rgb, 3, width, height, settings.sampling);
    drop(rgb);
    let rows: Vec<Rows<'_>> = planes.iter().map(Plane::rows).collect();
    obscura_jpeg::encode(&rows, &settings).map_err(|error| fault("JPEG", &error))
}

/// On white.
fn flatten(pixels: &DynamicImage) -> RgbImage {
    let rgba = pixels.to_rgba8();
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let [.., alpha] = from.0;
        let opacity = u32::from(alpha);
        for (to, from) in to.0.iter_mut().zip(from.0) {
            *to = ((u32::from(from) * opacity + 255 * (255 - opacity) + 127) / 255) as u8;
        }
    }
    rgb
}

fn fault(format: &str, error: &dyn std::error::Error) -> Error {
    Error::Internal(format!("writing {format}: {error}"))
}
