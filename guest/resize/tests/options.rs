//! Other options of a rendition.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Cursor;

use moxcms::ColorProfile;
use obscura_jpeg::{Plane, Rows, Sampling, Settings};
use obscura_sdk::Rendition;
use png::{BitDepth, ColorType};
use support::*;

/// Waves of colour, as work for a filter and an encoder.
fn waves(width: u32, height: u32) -> Vec<[u8; 3]> {
    let pixel = |x: u32, y: u32| {
        let wave = |period: f64, at: u32| (f64::from(at) / period).sin() * 60.0;
        let base = wave(3.1, x) + wave(4.7, y) + wave(9.0, x + y);
        [128.0 + base, 110.0 + base * 0.8, 120.0 - base].map(|v: f64| v.clamp(0.0, 255.0) as u8)
    };
    (0..height).flat_map(|y| (0..width).map(move |x| pixel(x, y))).collect()
}

fn note<'a>(rendition: &'a Rendition, name: &str) -> Option<&'a str> {
    rendition.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// A JPEG with these segments and this profile.
fn jpeg_with(icc: Option<Vec<u8>>, segments: Vec<(u8, Vec<u8>)>) -> Vec<u8> {
    let four = quarters(64, 64);
    let planes = obscura_jpeg::color::to_planes(four.as_flattened(), 3, 64, 64, Sampling::S444);
    let rows: Vec<Rows<'_>> = planes.iter().map(Plane::rows).collect();
    let mut settings = Settings::new(64, 64);
    (settings.sampling, settings.quality) = (Sampling::S444, 95);
    (settings.icc, settings.segments) = (icc, segments);
    obscura_jpeg::encode(&rows, &settings).unwrap()
}

#[test]
fn pictures_are_turned_and_mirrored() {
    let picture = rgb_png(60, 40, &quarters(60, 40));
    let (red, green, blue) = ([220, 30, 30, 255], [30, 200, 30, 255], [30, 30, 220, 255]);
    for (fields, size, upper_left) in [
        (r#""rotate": 90"#, (30, 45), blue),
        (r#""rotate": 180"#, (30, 20), [240, 240, 240, 255]),
        (r#""rotate": 270"#, (30, 45), green),
        (r#""flip": true"#, (30, 20), blue),
        (r#""flop": true"#, (30, 20), green),
        (r#""rotate": 90, "flop": true"#, (30, 45), red),
    ] {
        let made = one(&picture, &format!(r#""width": 30, "format": "png", {fields}"#)).unwrap();
        let (width, height, pixels) = pixels(&made);
        assert_eq!((width, height), size, "{fields}");
        assert!(close(pixels[(3 * width + 3) as usize], upper_left, 3), "{fields}");
    }
}

#[test]
fn device_pixels_padding_and_focus() {
    let picture = rgb_png(100, 50, &quarters(100, 50));
    let made = one(
        &picture,
        r##""width": 20, "pixel_ratio": 2, "format": "png", "background": "#123456",
            "pad": {"top": 3, "left": 5}"##,
    );
    let (width, height, padded) = pixels(&made.unwrap());
    assert_eq!((width, height), (45, 23));
    assert_eq!(padded[0], [0x12, 0x34, 0x56, 255]);
    assert!(close(padded[45 * 6 + 8], [220, 30, 30, 255], 3));
    let focus = r#""width": 20, "height": 20, "format": "png", "focus": {"x": 0.95, "y": 0.5}"#;
    let (_, _, pixels) = pixels(&one(&picture, focus).unwrap());
    assert!(close(pixels[21], [30, 200, 30, 255], 3));
}

#[test]
fn grey_blurred_and_sharpened() {
    let picture = rgb_png(64, 64, &quarters(64, 64));
    let edge = |fields: &str| {
        let made = one(&picture, &format!(r#""width": 32, "format": "png", {fields}"#)).unwrap();
        let (_, _, pixels) = pixels(&made);
        (pixels[8 * 32 + 15], pixels[8 * 32 + 3])
    };
    let (_, grey) = edge(r#""greyscale": true"#);
    assert!(close(grey, [87, 87, 87, 255], 2), "{grey:?}");
    let (plain, blurred) = (edge(r#""blur": null"#).0, edge(r#""blur": 3"#).0);
    assert!(blurred[1] > plain[1] + 20, "{plain:?} {blurred:?}");
    let soft = rgb_png(64, 64, &waves(64, 64));
    let spread = |fields: &str| {
        let made = one(&soft, &format!(r#""width": 60, "format": "png" {fields}"#)).unwrap();
        let (_, _, pixels) = pixels(&made);
        let mean = pixels.iter().map(|p| f64::from(p[1])).sum::<f64>() / pixels.len() as f64;
        pixels.iter().map(|p| (f64::from(p[1]) - mean).powi(2)).sum::<f64>()
    };
    assert!(spread(r#", "sharpen": 1.5"#) > spread("") * 1.1);
}

#[test]
fn every_filter_gives_the_same_flat_picture() {
    let picture = rgb_png(30, 30, &[[40, 90, 200]; 900]);
    for filter in ["nearest", "linear", "cubic", "mitchell", "lanczos2", "lanczos3"] {
        for linear in [false, true] {
            let fields = format!(
                r#""width": 17, "format": "png", "filter": "{filter}", "linear": {linear}"#
            );
            let (_, _, pixels) = pixels(&one(&picture, &fields).unwrap());
            assert!(pixels.iter().all(|&p| close(p, [40, 90, 200, 255], 1)), "{fields}");
        }
    }
}

#[test]
fn sixteen_bits_are_kept_when_asked_for() {
    let samples: Vec<u8> = (0..32 * 32_u32).flat_map(|n| ((n * 60) as u16).to_be_bytes()).collect();
    let picture = png(32, 32, ColorType::Grayscale, BitDepth::Sixteen, &samples);
    for (depth, expected) in [(8, BitDepth::Eight), (16, BitDepth::Sixteen)] {
        let made =
            one(&picture, &format!(r#""width": 32, "format": "png", "depth": {depth}"#)).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(&made.body)).read_info().unwrap();
        assert_eq!(reader.output_color_type(), (ColorType::Grayscale, expected));
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        assert!(depth == 8 || bytes == samples);
    }
}

#[test]
fn png_takes_a_palette_where_that_is_smaller() {
    let picture = rgb_png(64, 64, &quarters(64, 64));
    let made = one(&picture, r#""width": 64, "format": "png""#).unwrap();
    let reader = png::Decoder::new(Cursor::new(&made.body)).read_info().unwrap();
    assert_eq!(
        (reader.info().color_type, reader.info().bit_depth),
        (ColorType::Indexed, BitDepth::Two)
    );
    let (_, _, pixels) = pixels(&made);
    let expected: Vec<[u8; 4]> = quarters(64, 64).iter().map(|&[r, g, b]| [r, g, b, 255]).collect();
    assert_eq!(pixels, expected);
}

#[test]
fn jpeg_as_asked_for() {
    let picture = rgb_png(64, 64, &quarters(64, 64));
    for (fields, progressive, sampling) in [
        (r#""quality": 80"#, false, 2),
        (r#""chroma": "4:4:4""#, false, 1),
        (r#""progressive": true"#, true, 2),
    ] {
        let made = one(&picture, &format!(r#""width": 48, "format": "jpeg", {fields}"#)).unwrap();
        let decoder = obscura_jpeg::Decoder::new(made.body.as_slice()).unwrap();
        let header = decoder.header();
        assert_eq!((header.progressive, header.components[0].horizontal), (progressive, sampling));
    }
}

#[test]
fn lossless_webp_is_exact() {
    let picture = rgb_png(48, 48, &waves(48, 48));
    let made = one(&picture, r#""width": 48, "format": "webp", "lossless": true"#).unwrap();
    let expected: Vec<[u8; 4]> = waves(48, 48).iter().map(|&[r, g, b]| [r, g, b, 255]).collect();
    assert_eq!(pixels(&made).2, expected);
}

#[test]
fn gif_is_written() {
    let made = one(&rgb_png(64, 64, &waves(64, 64)), r#""width": 64, "format": "gif""#).unwrap();
    let file = image::load_from_memory(&made.body).unwrap().to_rgb8();
    let error: u64 = file
        .pixels()
        .zip(waves(64, 64))
        .flat_map(|(a, b)| a.0.into_iter().zip(b))
        .map(|(a, b)| u64::from(a.abs_diff(b)))
        .sum();
    assert!(error / (64 * 64 * 3) < 8, "{error}");
}

#[test]
fn a_target_is_reached() {
    let picture = rgb_png(160, 120, &waves(160, 120));
    for format in ["jpeg", "webp"] {
        let make = |quality: &str| {
            one(&picture, &format!(r#""width": 150, "format": "{format}", "quality": {quality}"#))
                .unwrap()
        };
        for most in [3000, 6000] {
            let made = make(&format!(r#"{{"bytes": {most}}}"#));
            assert!(made.body.len() <= most, "{format} {}", made.body.len());
            assert_eq!(note(&made, "target"), None);
        }
        let [fair, good] = [60, 85].map(|score| make(&format!(r#"{{"score": {score}}}"#)));
        let quality = |r: &Rendition| note(r, "quality").unwrap().parse::<u32>().unwrap();
        assert!(quality(&fair) < quality(&good) && fair.body.len() < good.body.len());
        let tight = make(r#"{"bytes": 100}"#);
        assert_eq!((note(&tight, "target"), quality(&tight)), (Some("missed"), 1));
    }
}

#[test]
fn auto_takes_the_smallest() {
    let photo = rgb_png(120, 120, &waves(120, 120));
    let flat = rgb_png(120, 120, &quarters(120, 120));
    let auto = |picture: &[u8], more: &str| {
        one(picture, &format!(r#""width": 120, "format": "auto" {more}"#)).unwrap().media_type
    };
    assert_eq!(auto(&flat, ""), "image/png");
    assert_ne!(auto(&photo, ""), "image/png");
    assert_eq!(auto(&photo, r#", "among": ["jpeg"]"#), "image/jpeg");
}

#[test]
fn profiles_are_converted_or_kept() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let picture = jpeg_with(Some(p3.clone()), Vec::new());
    for format in ["jpeg", "png", "webp"] {
        let fields = format!(r#""width": 32, "format": "{format}", "quality": 95"#);
        let converted = one(&picture, &fields).unwrap();
        assert_eq!(note(&converted, "profile"), Some("converted"));
        let kept = one(&picture, &format!(r#"{fields}, "profile": "keep""#)).unwrap();
        assert_eq!(note(&kept, "profile"), Some("kept"));
        let (red, same) = (pixels(&converted).2[32 * 4 + 4], pixels(&kept).2[32 * 4 + 4]);
        assert!(red[0] > 230 && close(same, [220, 30, 30, 255], 12), "{format} {red:?} {same:?}");
        let icc = match format {
            "jpeg" => {
                obscura_jpeg::Decoder::new(kept.body.as_slice()).unwrap().header().icc.clone()
            }
            "png" => {
                let reader = png::Decoder::new(Cursor::new(&kept.body)).read_info().unwrap();
                reader.info().icc_profile.as_deref().map(<[u8]>::to_vec)
            }
            _ => image_webp::WebPDecoder::new(Cursor::new(&kept.body))
                .unwrap()
                .icc_profile()
                .unwrap(),
        };
        assert_eq!(icc.as_ref(), Some(&p3), "{format}");
    }
}

/// An EXIF block with a location, an artist and a copyright.
fn told() -> Vec<u8> {
    let mut block = b"Exif\0\0II*\0\x08\0\0\0\x03\0".to_vec();
    let mut entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        block.extend(tag.to_le_bytes());
        block.extend(kind.to_le_bytes());
        block.extend(count.to_le_bytes());
        block.extend(value);
    };
    entry(0x013b, 2, 4, *b"Ann\0");
    entry(0x8298, 2, 4, *b"(c)\0");
    entry(0x8825, 4, 1, *b"GPS!");
    block.extend([0; 4]);
    block
}

/// Photoshop's resources with IPTC's credit line and a city.
fn press() -> Vec<u8> {
    let datasets = b"\x1c\x02\x6e\0\x06Agency\x1c\x02\x5a\0\x05Paris";
    let head = b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0";
    [&head[..], &[datasets.len() as u8], datasets].concat()
}

/// An XMP packet with the URL of a licence, and a location.
fn packet() -> Vec<u8> {
    [
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">",
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description",
        " xmlns:r=\"http://ns.adobe.com/xap/1.0/rights/\" r:WebStatement=\"https://example.com\"",
        " xmlns:e=\"http://ns.adobe.com/exif/1.0/\" e:GPSLatitude=\"GPS!\"/></rdf:RDF></x:xmpmeta>",
    ]
    .concat()
    .into_bytes()
}

#[test]
fn credit_is_kept_when_asked_for_and_the_place_never() {
    let picture = jpeg_with(None, vec![(1, told()), (13, press()), (1, packet())]);
    let has = |body: &[u8], what: &[u8]| body.windows(what.len()).any(|bytes| bytes == what);
    let all =
        [&b"Ann\0"[..], b"(c)\0", b"photoshop:Credit=\"Agency\"", b"=\"https://example.com\""];
    assert!(has(&picture, b"GPS!") && has(&picture, b"Paris"));
    for format in ["jpeg", "png", "webp"] {
        // Also at the picture's own size: the file is encoded again then, too.
        for width in [32, 64] {
            let fields = format!(r#""width": {width}, "format": "{format}""#);
            let bare = one(&picture, &fields).unwrap().body;
            let kept = one(&picture, &format!(r#"{fields}, "metadata": "credit""#)).unwrap().body;
            assert!(!all.iter().any(|text| has(&bare, text)) && !has(&bare, b"GPS!"), "{format}");
            assert!(all.iter().all(|text| has(&kept, text)), "{format}");
            assert!(!has(&kept, b"GPS!") && !has(&kept, b"Paris"), "{format}");
            // The written metadata is found in every format.
            let again =
                one(&kept, r#""width": 8, "format": "jpeg", "metadata": "credit""#).unwrap().body;
            assert!(all.iter().all(|text| has(&again, text)), "{format}");
        }
    }
}

#[test]
fn blur_and_sharpening_work_in_sixteen_bits_too() {
    let noise = include_bytes!("fixtures/sixteen-bits-noise.png");
    let spread = |fields: &str| {
        let fields = format!(r#""width": 999, "format": "png", "depth": 16 {fields}"#);
        let made = one(noise, &fields).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(&made.body)).read_info().unwrap();
        assert_eq!(reader.output_color_type().1, BitDepth::Sixteen);
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        let values =
            bytes.as_chunks::<2>().0.iter().map(|&b| f64::from(u16::from_be_bytes(b)) / 257.0);
        let values: Vec<f64> = values.collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
    };
    let (plain, blurred) = (spread(""), spread(r#", "blur": 3"#));
    assert!((plain - 73.9).abs() < 1.0, "{plain}");
    assert!(blurred < 12.0, "{blurred}");
    assert!(spread(r#", "sharpen": 1"#) > plain * 1.1);
    assert!(spread(r#", "blur": 2, "sharpen": 1, "greyscale": true"#) < plain);
}

#[test]
fn a_profile_is_not_kept_where_a_format_to_choose_from_has_none() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let picture = jpeg_with(Some(p3), Vec::new());
    let fields = r#""width": 32, "format": "auto", "profile": "keep""#;
    assert_eq!(note(&one(&picture, fields).unwrap(), "profile"), Some("kept"));
}
