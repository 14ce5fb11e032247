//! The similarity of two pictures.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, RgbImage};
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

/// The amplification of differences.
const GAIN: u16 = 8;

/// The background of transparent pictures, so that differences in opacity count.
const BEHIND: u16 = 128;

/// The similarity of two pictures.
pub(crate) struct Score {
    /// SSIMULACRA2: 100 is the same; it may be far below 0.
    pub(crate) value: f64,
    /// The difference, as a PNG; none if there is none.
    pub(crate) difference: Option<Vec<u8>>,
}

/// A score, and the compared pictures.
pub(crate) struct Against {
    /// SSIMULACRA2.
    pub(crate) value: f64,
    /// Whether the original was scaled to the other one's size.
    pub(crate) scaled: bool,
}

/// Score a rendition against its original, which is rotated upright, and scaled if it is larger.
///
/// # Errors
/// The two cannot be compared.
pub(crate) fn against(original: &[u8], file: &[u8]) -> Result<Against, &'static str> {
    let file = decode(file).ok_or("the rendition is not a picture that can be decoded here")?;
    let original =
        upright(original).ok_or("the source is not a picture that can be decoded here")?;
    let scaled = original.dimensions() != file.dimensions();
    let original = match scaled {
        false => original,
        true => alike(&original, &file)?,
    };
    let frames = frame(&original).zip(frame(&file));
    let value = frames.and_then(|(one, other)| compute_frame_ssimulacra2(one, other).ok());
    let value = value.ok_or("it is smaller than 8 × 8 pixels")?;
    Ok(Against { value, scaled })
}

/// The original, scaled to the size of an uncropped rendition.
fn alike(original: &RgbImage, file: &RgbImage) -> Result<RgbImage, &'static str> {
    let (width, height) = file.dimensions();
    let (across, down) = original.dimensions();
    if across < width || down < height {
        return Err("the rendition is larger than the source");
    }
    // Rounding either side by up to one pixel changes the proportions, but is not a crop.
    let expected = f64::from(width) * f64::from(down) / f64::from(across);
    if (expected - f64::from(height)).abs() > 1.0 + f64::from(height) / f64::from(width) {
        return Err("the rendition is cropped, rotated or padded, and the source is not");
    }
    Ok(image::imageops::resize(original, width, height, FilterType::Lanczos3))
}

/// A picture as viewers display it.
fn upright(file: &[u8]) -> Option<RgbImage> {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(opaque(picture))
}

/// Compare two files, the first being the original. None if one cannot be decoded, their sizes
/// differ, or they are smaller than 8 × 8.
pub(crate) fn of(old: &[u8], new: &[u8]) -> Option<Score> {
    let (old, new) = (decode(old)?, decode(new)?);
    if old.dimensions() != new.dimensions() {
        return None;
    }
    let value = compute_frame_ssimulacra2(frame(&old)?, frame(&new)?).ok()?;
    let difference = if old == new { None } else { difference(&old, &new) };
    Some(Score { value, difference })
}

fn decode(file: &[u8]) -> Option<RgbImage> {
    Some(opaque(image::load_from_memory(file).ok()?))
}

fn opaque(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let [colours @ .., alpha] = from.0;
        let opacity = u16::from(alpha);
        to.0 = colours.map(|value| {
            ((u32::from(value) * u32::from(opacity) + u32::from(BEHIND * (255 - opacity))) / 255)
                as u8
        });
    }
    rgb
}

fn frame(picture: &RgbImage) -> Option<Rgb> {
    let data = picture.pixels().map(|pixel| pixel.0.map(|value| f32::from(value) / 255.0));
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (transfer, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
    Rgb::new(data.collect(), width, height, transfer, primaries).ok()
}

/// The difference: black where the two are equal.
fn difference(old: &RgbImage, new: &RgbImage) -> Option<Vec<u8>> {
    let mut picture = RgbImage::new(old.width(), old.height());
    for (to, (old, new)) in picture.pixels_mut().zip(old.pixels().zip(new.pixels())) {
        for (to, (old, new)) in to.0.iter_mut().zip(old.0.iter().zip(new.0)) {
            *to = (u16::from(old.abs_diff(new)) * GAIN).min(255) as u8;
        }
    }
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).ok()?;
    Some(file.into_inner())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn png(pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
        let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb(pixel(x, y)));
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    #[test]
    fn the_same_is_100_and_worse_is_less() {
        let pattern = |x: u32, y: u32| [(x * 4) as u8, (y * 5) as u8, ((x ^ y) * 4) as u8];
        let original = png(pattern);
        let same = of(&original, &original).unwrap();
        assert!((same.value - 100.0).abs() < 1e-6 && same.difference.is_none());

        let noisy = |amount: u32| {
            png(move |x, y| pattern(x, y).map(|v| v.saturating_add(((x * 7 + y) % amount) as u8)))
        };
        let [little, much] = [noisy(6), noisy(60)].map(|file| of(&original, &file).unwrap());
        assert!(100.0 > little.value && little.value > much.value, "{}", little.value);
        let shown = image::load_from_memory(&much.difference.unwrap()).unwrap().into_rgb8();
        assert_eq!(shown.get_pixel(0, 0).0, [0; 3]);
        assert_eq!(shown.get_pixel(1, 0).0, [56; 3]);
    }

    #[test]
    fn what_is_no_picture_has_no_score() {
        let picture = png(|_, _| [9; 3]);
        assert!(of(b"{}", b"{}").is_none());
        assert!(of(&picture, &picture[..40]).is_none());
    }
}
