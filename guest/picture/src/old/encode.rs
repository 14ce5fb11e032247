//! From pixels to a file, without metadata.

use std::borrow::Cow;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, RgbImage};
use obscura_jpeg::{Plane, Rows, Sampling, Settings, color};
use obscura_sdk::Error;

use super::format::Format;

/// The largest width or height of a WebP file.
const WEBP_SIDE: u32 = 16_383;
/// The largest width or height of a JPEG file.
const JPEG_SIDE: u32 = 65_535;

/// Write a picture. `quality`, 1 to 100, is of JPEG and of opaque pictures in
/// WebP; PNG and what is transparent in WebP are written without loss. What is
/// transparent becomes white in JPEG.
///
/// # Errors
/// [`Error::LimitExceeded`], for a picture that is too wide or too high for the
/// format; [`Error::Internal`], for a GIF, which is not written.
pub fn encode(pixels: &DynamicImage, format: Format, quality: u8) -> Result<Vec<u8>, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    let most = match format {
        Format::Webp => WEBP_SIDE,
        Format::Jpeg => JPEG_SIDE,
        Format::Png | Format::Gif => u32::MAX,
    };
    if width.max(height) > most {
        return Err(Error::LimitExceeded(format!(
            "a picture of {width}×{height} pixels does not fit into {}, which has up to {most} \
             each way; choose another format",
            format.media_type()
        )));
    }
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
        Format::Webp if !pixels.color().has_alpha() => Ok(webp(&pixels.to_rgb8(), quality)),
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

/// One VP8 frame in a RIFF file.
fn webp(rgb: &RgbImage, quality: u8) -> Vec<u8> {
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let mut planes = color::to_planes(rgb, 3, width, height, Sampling::S420);
    // To the range that video uses: 16 to 235 for luma, 16 to 240 for chroma.
    for (plane, range) in planes.iter_mut().zip([219, 224, 224]) {
        for sample in &mut plane.data {
            *sample = ((u32::from(*sample) * range + 127) / 255 + 16) as u8;
        }
    }
    let [y, u, v] = planes.as_slice() else { return Vec::new() };
    let mut frame = obscura_vp8::encode([y, u, v].map(source), quality.clamp(1, 100));
    let length = frame.len() as u32;
    if frame.len() % 2 == 1 {
        frame.push(0);
    }
    let mut file = b"RIFF".to_vec();
    file.extend((frame.len() as u32 + 12).to_le_bytes());
    file.extend(b"WEBPVP8 ");
    file.extend(length.to_le_bytes());
    file.extend(frame);
    file
}

fn source(plane: &Plane) -> obscura_vp8::Source<'_> {
    let Plane { width, height, ref data, .. } = *plane;
    obscura_vp8::Source { samples: data, width, height }
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
