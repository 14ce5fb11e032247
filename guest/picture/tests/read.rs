//! Formats that are read, and files that are refused.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use obscura_picture::{Detail, Format, Picture, Pixels};
use obscura_sdk::{Error, Limits, testing::DEFAULT_LIMITS};

/// Red, green; blue, white: the orientation is visible.
fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x * 2 < width, y * 2 < height) {
            (true, true) => [220, 30, 30],
            (false, true) => [30, 200, 30],
            (true, false) => [30, 30, 220],
            (false, false) => [240, 240, 240],
        })
    })
}

fn written(pixels: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    pixels.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A file that the library writes.
fn encode(pixels: &DynamicImage, format: Format, quality: u8) -> Result<Vec<u8>, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    let pixels = match pixels {
        DynamicImage::ImageRgba8(pixels) => Pixels::rgba(width, height, pixels.as_raw().clone())?,
        pixels => Pixels::rgb(width, height, pixels.to_rgb8().into_raw())?,
    };
    obscura_picture::encode(&pixels, format, quality)
}

/// The picture as the library reads it.
fn rgb(picture: &Picture) -> RgbImage {
    let pixels = picture.pixels();
    let rgb = pixels.iter().flat_map(|[r, g, b, _]| [r, g, b]).collect();
    RgbImage::from_raw(pixels.width(), pixels.height(), rgb).unwrap()
}

/// Insert an EXIF segment after the start of a JPEG.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut file = jpeg[..2].to_vec();
    file.extend([0xff, 0xe1, 0, (exif.len() + 2) as u8]);
    file.extend(exif);
    file.extend(&jpeg[2..]);
    file
}

fn near(pixel: [u8; 3], expected: [u8; 3]) -> bool {
    pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 12)
}

#[test]
fn each_format_gives_its_pixels() {
    let four = quarters(40, 30);
    for (format, file) in [
        (Format::Jpeg, encode(&four.clone().into(), Format::Jpeg, 95).unwrap()),
        (Format::Png, written(four.clone(), ImageFormat::Png)),
        (Format::Webp, written(four.clone(), ImageFormat::WebP)),
        (Format::Gif, written(DynamicImage::from(four.clone()).to_rgba8(), ImageFormat::Gif)),
    ] {
        let picture = Picture::decode(file.as_slice(), Detail::Full, DEFAULT_LIMITS).unwrap();
        assert_eq!((picture.format, picture.width, picture.height), (format, 40, 30));
        let pixels = rgb(&picture);
        for (x, y) in [(5, 5), (35, 5), (5, 25), (35, 25)] {
            assert!(near(pixels.get_pixel(x, y).0, four.get_pixel(x, y).0), "{format:?} {x} {y}");
        }
    }
}

#[test]
fn all_eight_orientations_stand_upright() {
    let upright = DynamicImage::from(quarters(48, 32));
    for (orientation, stored) in [
        (1, upright.clone()),
        (2, upright.fliph()),
        (3, upright.rotate180()),
        (4, upright.flipv()),
        (5, upright.rotate90().fliph()),
        (6, upright.rotate270()),
        (7, upright.rotate90().flipv()),
        (8, upright.rotate90()),
    ] {
        let file = turned(&encode(&stored, Format::Jpeg, 95).unwrap(), orientation);
        let picture = Picture::decode(file.as_slice(), Detail::Full, DEFAULT_LIMITS).unwrap();
        assert_eq!((picture.width, picture.height), (48, 32), "{orientation}");
        let pixels = rgb(&picture);
        assert_eq!(pixels.dimensions(), (48, 32));
        for (x, y) in [(4, 4), (43, 4), (4, 27), (43, 27)] {
            let expected = upright.to_rgb8().get_pixel(x, y).0;
            assert!(near(pixels.get_pixel(x, y).0, expected), "{orientation} {x} {y}");
        }
    }
}

#[test]
fn rare_kinds_of_pixels_become_rgb_or_rgba() {
    let sixteen = image16(20, 10);
    let grey = written(image::GrayImage::from_pixel(9, 9, Luma([77])), ImageFormat::Png);
    let clear = written(RgbaImage::from_pixel(9, 9, Rgba([200, 100, 50, 128])), ImageFormat::Png);
    for (file, alpha, pixel) in [
        (sixteen, false, [128, 64, 32, 255]),
        (grey, false, [77, 77, 77, 255]),
        (clear, true, [200, 100, 50, 128]),
    ] {
        let picture = Picture::decode(file.as_slice(), Detail::Full, DEFAULT_LIMITS).unwrap();
        let pixels = picture.pixels();
        assert_eq!(pixels.has_alpha(), alpha);
        let found = pixels.get(3, 3).unwrap();
        assert!(found.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?}");
    }
}

fn image16(width: u32, height: u32) -> Vec<u8> {
    let pixels: ImageBuffer<Rgb<u16>, Vec<u16>> =
        ImageBuffer::from_pixel(width, height, Rgb([0x8080, 0x4040, 0x2020]));
    written(pixels, ImageFormat::Png)
}

#[test]
fn a_jpeg_is_decoded_no_larger_than_wanted() {
    let file = encode(&quarters(800, 600).into(), Format::Jpeg, 90).unwrap();
    let picture = Picture::decode(file.as_slice(), Detail::Side(100), DEFAULT_LIMITS).unwrap();
    assert_eq!((picture.width, picture.height), (800, 600));
    assert_eq!((picture.frame.size.width, picture.frame.size.height), (200, 150));
}

#[test]
fn limits_are_checked_by_the_header() {
    let few = Limits { max_pixels: 1199, ..DEFAULT_LIMITS };
    // The program itself may use 24 MiB.
    let little = Limits { max_memory: 25 << 20, ..DEFAULT_LIMITS };
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let small = written(DynamicImage::from(quarters(40, 30)).to_rgba8(), format);
        let large = written(RgbaImage::new(512, 512), format);
        for (file, limits, words) in [(small, few, "1199 allowed"), (large, little, "memory")] {
            match Picture::decode(file.as_slice(), Detail::Full, limits) {
                Err(Error::LimitExceeded(message)) => assert!(message.contains(words), "{message}"),
                other => panic!("{format:?}: {other:?}"),
            }
        }
    }
    let jpeg = encode(&quarters(40, 30).into(), Format::Jpeg, 80).unwrap();
    let refused = Picture::decode(jpeg.as_slice(), Detail::Full, few);
    assert!(matches!(refused, Err(Error::LimitExceeded(_))), "{refused:?}");
    let jpeg = encode(&quarters(800, 600).into(), Format::Jpeg, 80).unwrap();
    let refused = Picture::decode(jpeg.as_slice(), Detail::Full, little);
    assert!(matches!(refused, Err(Error::LimitExceeded(_))), "{refused:?}");
    assert!(Picture::decode(jpeg.as_slice(), Detail::Side(100), little).is_ok());
}

#[test]
fn truncated_files_are_malformed_at_any_length() {
    let four = DynamicImage::from(quarters(40, 30));
    for file in [
        encode(&four, Format::Jpeg, 80).unwrap(),
        written(four.clone(), ImageFormat::Png),
        written(four.clone(), ImageFormat::WebP),
        written(four.to_rgba8(), ImageFormat::Gif),
    ] {
        for length in [20, file.len() / 2, file.len() - file.len() / 4] {
            match Picture::decode(&file[..length], Detail::Full, DEFAULT_LIMITS) {
                Err(Error::Malformed(_) | Error::UnsupportedFormat(_)) => {}
                other => panic!("{length} of {}: {other:?}", file.len()),
            }
        }
    }
}

#[test]
fn transparent_pixels_become_white_in_jpeg() {
    let clear = RgbaImage::from_pixel(16, 16, Rgba([200, 0, 0, 0])).into();
    let file = encode(&clear, Format::Jpeg, 90).unwrap();
    let picture = Picture::decode(file.as_slice(), Detail::Full, DEFAULT_LIMITS).unwrap();
    assert!(near(rgb(&picture).get_pixel(8, 8).0, [255; 3]));
}

#[test]
fn webp_is_lossy_where_it_is_opaque() {
    let noise = RgbImage::from_fn(120, 80, |x, y| {
        let wave = ((x * x + y * 7) % 97) as u8;
        Rgb([wave + 90, 100 + wave / 2, 200 - wave])
    });
    let opaque = DynamicImage::from(noise.clone());
    let [good, small] = [90, 20].map(|quality| encode(&opaque, Format::Webp, quality).unwrap());
    assert!(small.len() < good.len() / 2 && small.len() < written(noise, ImageFormat::WebP).len());

    let smooth = RgbImage::from_fn(120, 80, |x, y| Rgb([x as u8 * 2, y as u8 * 3, 90]));
    let file = encode(&smooth.clone().into(), Format::Webp, 90).unwrap();
    let picture = Picture::decode(file.as_slice(), Detail::Full, DEFAULT_LIMITS).unwrap();
    let pairs = rgb(&picture).into_raw().into_iter().zip(smooth.into_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(b))).sum();
    assert!(sum / (120 * 80 * 3) < 3, "{sum}");

    let clear: DynamicImage =
        RgbaImage::from_fn(9, 9, |x, y| Rgba([x as u8, y as u8, 3, 28 * x as u8])).into();
    let file = encode(&clear, Format::Webp, 20).unwrap();
    let picture = Picture::decode(file.as_slice(), Detail::Full, DEFAULT_LIMITS).unwrap();
    // Colours are kept as far as opacity makes them visible.
    let premultiplied = |[r, g, b, alpha]: [u8; 4]| {
        [r, g, b, 255].map(|value| (u32::from(value) * u32::from(alpha) + 127) / 255)
    };
    for (got, expected) in picture.pixels().iter().zip(clear.to_rgba8().pixels()) {
        assert_eq!(premultiplied(got), premultiplied(expected.0));
    }
}

#[test]
fn a_picture_that_does_not_fit_into_a_format_is_refused() {
    let long = RgbImage::new(16_384, 1).into();
    match encode(&long, Format::Webp, 80) {
        Err(Error::LimitExceeded(message)) => assert!(message.contains("16383"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert!(encode(&long, Format::Jpeg, 80).is_ok());
}
