//! JPEG, at the smallest scale that serves.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};
use obscura_jpeg::{Decoder, color};
use obscura_sdk::{Error, Limits};

use super::budget;
use super::decode::{Detail, Stored};
use crate::jpeg_fault;

/// Bytes of memory that a decoded pixel takes, at the most: up to four planes,
/// and RGB. Turning it and encoding it take no more.
const BYTES_A_PIXEL: u64 = 7;

pub(crate) fn decode(file: &[u8], detail: Detail, limits: Limits) -> Result<Stored, Error> {
    let mut decoder = Decoder::new(file).map_err(jpeg_fault)?;
    let header = decoder.header().clone();
    let (width, height) = (header.width, header.height);
    let pixels = budget::pixels(width, height, limits)?;
    let eighths = eighths(detail, width.max(height));
    let scaled = pixels.saturating_mul(u64::from(eighths).pow(2)) / 64;
    let needed = scaled.saturating_mul(BYTES_A_PIXEL).saturating_add(file.len() as u64);
    let left = budget::memory(needed, limits)?;

    decoder.set_scale(eighths);
    decoder.set_limits(limits.max_pixels, left);
    let planes = decoder.decode().map_err(jpeg_fault)?;
    let (scaled_width, scaled_height) = (planes.width as u32, planes.height as u32);
    let rgb = color::to_rgb(&planes, &header, 3, true);
    drop(planes);
    let pixels = RgbImage::from_raw(scaled_width, scaled_height, rgb)
        .ok_or_else(|| Error::Internal("reading JPEG: planes of another size".into()))?;

    let exif = header.exif.as_deref();
    let tiff = exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    let orientation =
        tiff.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let pixels = DynamicImage::ImageRgb8(pixels);
    Ok(Stored { width, height, orientation, icc: header.icc, pixels })
}

/// The smallest scale that leaves `detail`.
fn eighths(detail: Detail, longer: u32) -> u8 {
    let Detail::Side(wanted) = detail else { return 8 };
    let enough = |n: &u8| u64::from(longer) * u64::from(*n) >= u64::from(wanted) * 8;
    (1..8).find(enough).unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_the_smallest_that_serves() {
        assert_eq!(eighths(Detail::Full, 4000), 8);
        assert_eq!(eighths(Detail::Side(100), 4000), 1);
        assert_eq!(eighths(Detail::Side(500), 4000), 1);
        assert_eq!(eighths(Detail::Side(501), 4000), 2);
        assert_eq!(eighths(Detail::Side(100), 90), 8);
    }
}
