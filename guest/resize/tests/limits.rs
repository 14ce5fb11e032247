//! Pictures that exceed a format's longest side, and those that take decoders too much memory.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Limits};
use png::{BitDepth, ColorType};
use resize::Resize;
use support::*;

/// A picture of a single grey, opaque or half transparent.
fn long(width: u32, height: u32, alpha: bool) -> Vec<u8> {
    let count = width as usize * height as usize;
    if alpha {
        return png(
            width,
            height,
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            &[90, 128].repeat(count),
        );
    }
    png(width, height, ColorType::Grayscale, BitDepth::Eight, &vec![90; count])
}

#[test]
fn the_defaults_work_for_pictures_of_any_length() {
    for (width, height, expected) in [
        (79, 16_383, ["image/jpeg", "image/webp", "image/jpeg", "image/jpeg"]),
        (79, 16_384, ["image/jpeg", "image/jpeg", "image/jpeg", "image/jpeg"]),
        (79, 36_861, ["image/jpeg", "image/jpeg", "image/jpeg", "image/jpeg"]),
        (3, 65_500, ["image/jpeg", "image/jpeg", "image/jpeg", "image/jpeg"]),
        (3, 65_501, ["image/jpeg", "image/png", "image/png", "image/png"]),
        (3, 200_000, ["image/jpeg", "image/png", "image/png", "image/png"]),
    ] {
        let made = render(&long(width, height, false), "").unwrap();
        for (name, media_type) in
            ["thumbnail", "small", "medium", "large"].into_iter().zip(expected)
        {
            let rendition = made.iter().find(|r| r.name == name).unwrap();
            assert_eq!(rendition.media_type, media_type, "{width}×{height} {name}");
            let (w, h, _) = pixels(rendition);
            let asked = if name == "small" { width.min(400) } else { width };
            let size = match name {
                "thumbnail" => (width.min(150), 150),
                _ => (
                    asked,
                    (f64::from(height) * f64::from(asked) / f64::from(width)).round() as u32,
                ),
            };
            assert_eq!((w, h), size, "{width}×{height} {name}");
        }
    }
}

#[test]
fn auto_takes_a_format_that_holds_the_picture() {
    for alpha in [false, true] {
        let made = one(&long(64, 17_920, alpha), r#""width": 64, "format": "auto""#).unwrap();
        assert_ne!(made.media_type, "image/webp");
        let (width, height, pixels) = pixels(&made);
        assert_eq!((width, height), (64, 17_920));
        assert!(close(pixels[0], [90, 90, 90, if alpha { 128 } else { 255 }], 2));
    }
    // If no format supports both the transparency and the length, the one that supports the length.
    let fields = r#""width": 64, "format": "auto", "among": ["webp", "jpeg"]"#;
    assert_eq!(one(&long(64, 17_920, true), fields).unwrap().media_type, "image/jpeg");
}

#[test]
fn a_fixed_format_names_the_rendition_and_the_remedy() {
    let picture = long(64, 17_920, false);
    match one(&picture, r#""width": 64, "format": "webp""#) {
        Err(Error::LimitExceeded(message)) => {
            let words = ["`one`", "64×17920", "image/webp", "16383", "fallback"];
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
        }
        other => panic!("{other:?}"),
    }
    for (picture, fallback, expected) in [
        (&picture, r#"["jpeg", "png"]"#, "image/jpeg"),
        (&long(64, 17_920, true), r#"["jpeg", "png"]"#, "image/png"),
        (&long(64, 17_920, true), r#"["jpeg"]"#, "image/jpeg"),
        (&long(64, 16_000, true), r#"["jpeg"]"#, "image/webp"),
    ] {
        let fields = format!(r#""width": 64, "format": "webp", "fallback": {fallback}"#);
        let made = one(picture, &fields).unwrap();
        assert_eq!(made.media_type, expected, "{fallback}");
        assert_eq!(pixels(&made).0, 64);
    }
}

#[test]
fn the_picture_s_own_format_gives_way_too() {
    // A JPEG that padding makes longer than JPEG allows.
    let picture = jpeg(2, 60_000, &vec![[90; 3]; 120_000]);
    let fields = r#""width": 2, "pad": {"top": 5501}"#;
    let made = one(&picture, fields).unwrap();
    assert_eq!((made.media_type.as_str(), made.height), ("image/png", 65_501));
}

#[test]
fn what_an_encoder_needs_is_known_before_it_begins() {
    let picture = rgb_png(1500, 1200, &quarters(1500, 1200));
    let limits = Limits { max_memory: 36 << 20, ..DEFAULT_LIMITS };
    let made = |fields: &str| {
        let parameters =
            format!(r#"{{"renditions": [{{"name": "one", "width": 1500, {fields}}}]}}"#);
        run::<Resize>(&picture, &parameters, limits)
    };
    for fields in [
        r#""format": "gif""#,
        r#""format": "jpeg", "quality": {"score": 70}"#,
        r#""format": "auto""#,
        r#""format": "png", "filter": "mitchell""#,
    ] {
        match made(fields) {
            Err(Error::LimitExceeded(message)) => {
                let words = ["`one`", "1500×1200", "MiB of memory", "fallback"];
                assert!(words.iter().all(|word| message.contains(word)), "{message}");
            }
            other => panic!("{fields}: {other:?}"),
        }
    }
    let [instead] = made(r#""format": "gif", "fallback": ["png"]"#).unwrap().try_into().unwrap();
    assert_eq!(instead.media_type, "image/png");
}

/// A lossless WebP of 4×4 pixels with 65,536 groups of five prefix codes, just long enough for
/// decoders to build tables of 4 KiB.
fn many_groups() -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut put = |value: u32, count: u32| bits.extend((0..count).map(|at| value >> at & 1 == 1));
    put(0x2f, 8);
    [(3, 14), (3, 14), (0, 1), (0, 3)].iter().for_each(|&(value, count)| put(value, count));
    // No transform, no cache, groups for tiles of four pixels; the image of groups has no cache.
    [(0, 1), (0, 1), (1, 1), (0, 3), (0, 1)].iter().for_each(|&(value, count)| put(value, count));
    for symbol in [255, 255, 0, 0, 0] {
        [(1, 1), (0, 1), (1, 1), (symbol, 8)].iter().for_each(|&(value, count)| put(value, count));
    }
    for _ in 0..65_536 * 5 {
        [(0, 1), (14 - 4, 4)].iter().for_each(|&(value, count)| put(value, count));
        // Lengths of 1 to 10: six of three bits, four of four.
        [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4].iter().for_each(|&length| put(length, 3));
        [(1, 1), (1, 3), (11 - 2, 4)].iter().for_each(|&(value, count)| put(value, count));
        for length in (1..=10).chain([10]) {
            let (word, count): (u32, u32) =
                if length <= 6 { (length - 1, 3) } else { (length + 5, 4) };
            put(word.reverse_bits() >> (32 - count), count);
        }
    }
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
    let body: Vec<u8> = bits.chunks(8).map(byte).collect();
    let mut file = [b"RIFF", &(body.len() as u32 + 12).to_le_bytes()[..], b"WEBPVP8L"].concat();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file.resize(file.len().next_multiple_of(2), 0);
    file
}

#[test]
fn prefix_codes_are_counted_before_tables_are_made_of_them() {
    let file = many_groups();
    assert!(file.len() < 4 << 20, "{}", file.len());
    match one(&file, r#""width": 4"#) {
        Err(Error::LimitExceeded(message)) => assert!(message.contains("memory"), "{message}"),
        other => panic!("{other:?}"),
    }
    // On a canvas of another size, nothing is counted, since nothing is decoded.
    let canvas = [b"VP8X", &10_u32.to_le_bytes()[..], &[0, 0, 0, 0, 4, 0, 0, 4, 0, 0]].concat();
    let size = (file.len() + canvas.len() - 8) as u32;
    let file = [b"RIFF", &size.to_le_bytes()[..], b"WEBP", &canvas, &file[12..]].concat();
    assert!(matches!(one(&file, r#""width": 4"#), Err(Error::Malformed(_))));
}
