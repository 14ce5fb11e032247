//! Rare kinds of files that people do upload.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use obscura_sdk::Error;
use support::*;

fn saved(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

#[test]
fn tiff_and_bmp_are_read() {
    let four = quarters(40, 30);
    let rgb = image::RgbImage::from_vec(40, 30, four.as_flattened().to_vec()).unwrap();
    let deep = DynamicImage::from(rgb.clone()).to_rgb16();
    let alpha = DynamicImage::from(rgb.clone()).to_rgba8();
    for (name, file) in [
        ("TIFF", saved(rgb.clone(), ImageFormat::Tiff)),
        ("TIFF, 16 bits", saved(deep, ImageFormat::Tiff)),
        ("TIFF, opacity", saved(alpha, ImageFormat::Tiff)),
        ("BMP", saved(rgb, ImageFormat::Bmp)),
    ] {
        let made = one(&file, r#""width": 20"#).unwrap();
        assert_eq!(made.media_type, "image/png", "{name}");
        let (width, height, pixels) = pixels(&made);
        assert_eq!((width, height), (20, 15), "{name}");
        assert!(close(pixels[2 * 20 + 3], [220, 30, 30, 255], 3), "{name}");
        assert!(close(pixels[12 * 20 + 16], [240, 240, 240, 255], 3), "{name}");
        for part in 1..6 {
            let cut = one(&file[..file.len() * part / 6], r#""width": 20"#);
            assert!(matches!(cut, Err(Error::Malformed(_))), "{name} {part}/6: {cut:?}");
        }
    }
}

#[test]
fn data_after_a_jpeg_and_a_missing_end_are_ignored() {
    let whole = jpeg(64, 64, &quarters(64, 64));
    let fields = r#""width": 32, "format": "png""#;
    let expected = one(&whole, fields).unwrap();
    let without_end = whole[..whole.len() - 2].to_vec();
    let with_garbage = [whole.as_slice(), &[0; 999], b"and more"].concat();
    let with_another = [whole.as_slice(), &whole].concat();
    for file in [without_end, with_garbage, with_another] {
        assert_eq!(one(&file, fields).unwrap().body, expected.body);
    }
}

#[test]
fn unsupported_formats_have_a_remedy() {
    let mut twelve = jpeg(16, 16, &quarters(16, 16));
    let frame = twelve.windows(2).position(|bytes| bytes == [0xff, 0xc0]).unwrap();
    (twelve[frame + 1], twelve[frame + 4]) = (0xc1, 12);
    for (file, words) in [
        (twelve.as_slice(), ["8 bits", "save it as an ordinary JPEG"]),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", ["HEIC", "resize-heif"]),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ["SVG", "upload a JPEG"]),
        (b"II*\0\x10\0\0\0CR\x02\0\0\0\0\0", ["raw", "export JPEG"]),
    ] {
        match one(file, r#""width": 8"#) {
            Err(Error::UnsupportedFormat(message)) => {
                assert!(words.iter().all(|word| message.contains(word)), "{message}");
            }
            other => panic!("{words:?}: {other:?}"),
        }
    }
}

#[cfg(not(feature = "avif"))]
#[test]
fn avif_names_the_component_that_reads_it() {
    match one(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", r#""width": 8"#) {
        Err(Error::UnsupportedFormat(message)) => {
            assert!(message.contains("`resize-avif`"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tiff_that_promises_too_much_is_refused_before_decoding() {
    let mut bomb = saved(image::GrayImage::new(2, 2), ImageFormat::Tiff);
    // ImageWidth and ImageLength, both 100,000, wherever the directory is.
    for tag in [0x0100_u16, 0x0101] {
        let [low, high] = tag.to_le_bytes();
        let at = bomb.windows(4).position(|b| b == [low, high, 4, 0]).unwrap();
        bomb[at + 8..at + 12].copy_from_slice(&100_000_u32.to_le_bytes());
    }
    let outcome = one(&bomb, r#""width": 10"#);
    assert!(matches!(outcome, Err(Error::LimitExceeded(_))), "{outcome:?}");
}

#[test]
fn pngs_whose_last_bytes_hold_thousands_of_pixels_are_whole() {
    for height in (600..1000).step_by(8) {
        let flat = png(
            512,
            height,
            ::png::ColorType::Grayscale,
            ::png::BitDepth::Eight,
            &vec![90; 512 * height as usize],
        );
        let made = one(&flat, r#""width": 16, "format": "png""#);
        assert!(made.is_ok(), "{height}: {made:?}");
    }
    let quarters = rgb_png(1500, 1200, &quarters(1500, 1200));
    assert!(one(&quarters, r#""width": 16, "format": "png""#).is_ok());
}

#[test]
fn a_png_whose_pixels_do_not_match_their_checksum_is_damaged() {
    let mut file = rgb_png(40, 30, &quarters(40, 30));
    let fields = r#""width": 20"#;
    assert!(one(&file, fields).is_ok());
    // The pixels' checksum is at the end of the data, before the chunk's.
    let end = file.windows(4).position(|bytes| bytes == b"IEND").unwrap();
    file[end - 9] ^= 1;
    let damaged = one(&file, fields);
    assert!(matches!(damaged, Err(Error::Malformed(_))), "{damaged:?}");
}

/// A TIFF of a directory of these tags, counts and values, without data.
fn directory(entries: &[(u16, u32, u32)]) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0]);
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

/// A TIFF that declares this many pixels in tiles of this size.
fn tiled(side: u32, tile: u32) -> Vec<u8> {
    directory(&[
        (256, 1, side),
        (257, 1, side),
        (258, 1, 8),
        (259, 1, 1),
        (262, 1, 1),
        (322, 1, tile),
        (323, 1, tile),
        (324, 1, 0),
        (325, 1, 0),
    ])
}

#[test]
fn a_tiff_of_very_many_or_very_large_tiles_is_refused_before_decoding() {
    for (side, tile) in [(2000, 1), (2000, 4), (100, 60_000)] {
        let outcome = one(&tiled(side, tile), r#""width": 10"#);
        assert!(matches!(outcome, Err(Error::LimitExceeded(_))), "{side} {tile}: {outcome:?}");
    }
    let outcome = one(&tiled(2000, 256), r#""width": 10"#);
    assert!(matches!(outcome, Err(Error::Malformed(_))), "{outcome:?}");
}

#[test]
fn luma_and_chroma_apart_or_with_opacity_are_refused_with_jpeg_too() {
    for (samples, planar) in [(3, 2), (4, 1)] {
        let head = [(256, 1, 16), (257, 1, 16), (258, 1, 8), (259, 1, 7), (262, 1, 6)];
        let rest = [(273, 4, 8), (277, 1, samples), (284, 1, planar)];
        let outcome = one(&directory(&[head.as_slice(), &rest].concat()), r#""width": 8"#);
        assert!(matches!(outcome, Err(Error::UnsupportedFormat(_))), "{samples}: {outcome:?}");
    }
}

#[test]
fn jpegs_of_motion_jpeg_and_with_equal_names_are_rendered() {
    let whole = jpeg(64, 64, &quarters(64, 64));
    let fields = r#""width": 32, "format": "png""#;
    let expected = one(&whole, fields).unwrap();
    let mut named = whole.clone();
    let frame = named.windows(2).position(|bytes| bytes == [0xff, 0xc0]).unwrap();
    let scan = named.windows(2).position(|bytes| bytes == [0xff, 0xda]).unwrap();
    for component in 0..3 {
        named[frame + 10 + 3 * component] = 1;
        named[scan + 5 + 2 * component] = 1;
    }
    assert_eq!(one(&named, fields).unwrap().body, expected.body);
}

/// A WebP in the extended format, with an EXIF block that turns it, and these flags.
fn turned_webp(flags: u8) -> Vec<u8> {
    let simple = webp(20, 10, &quarters(20, 10));
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut body = b"WEBPVP8X\x0a\0\0\0".to_vec();
    body.extend([flags, 0, 0, 0, 19, 0, 0, 9, 0, 0]);
    body.extend(&simple[12..]);
    body.extend(b"EXIF");
    body.extend((exif.len() as u32).to_le_bytes());
    body.extend(exif);
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

#[test]
fn metadata_of_webp_counts_if_the_head_says_that_it_is_there() {
    let size = |file: &[u8]| {
        let made = one(file, r#""width": 20, "height": 20, "fit": "inside""#).unwrap();
        (made.width, made.height)
    };
    assert_eq!(size(&turned_webp(0x08)), (10, 20));
    assert_eq!(size(&turned_webp(0)), (20, 10));
}

#[test]
fn a_png_s_profile_counts_as_memory() {
    let flat = rgb_png(2000, 2000, &vec![[9; 3]; 4_000_000]);
    let limits =
        obscura_sdk::Limits { max_memory: 64 << 20, ..obscura_sdk::testing::DEFAULT_LIMITS };
    let render = |file: &[u8]| {
        let parameters = r#"{"renditions": [{"name": "one", "width": 2000, "format": "jpeg"}]}"#;
        obscura_sdk::testing::render::<resize::Resize>(file, parameters, limits)
    };
    assert!(render(&flat).is_ok());
    // 16 MB, twice.
    let profiled = with_chunk(&flat, b"iCCP", &[&b"icc\0\0"[..], &zeros(16_000_000)].concat());
    assert!(matches!(render(&profiled), Err(Error::LimitExceeded(_))));
}

/// So many zeros, compressed by zlib.
fn zeros(count: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, count as u32, 1);
    encoder.set_color(::png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&vec![0; count]).unwrap();
    let mut chunks = file[8..].windows(4).enumerate();
    let mut body = Vec::new();
    while let Some((at, _)) = chunks.find(|(_, name)| *name == b"IDAT") {
        let length = u32::from_be_bytes(file[8 + at - 4..8 + at].try_into().unwrap()) as usize;
        body.extend(&file[8 + at + 4..8 + at + 4 + length]);
    }
    body
}
