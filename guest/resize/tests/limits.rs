//! Pictures that are longer than a format can hold.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::Error;
use png::{BitDepth, ColorType};
use support::*;

/// A picture of one grey, or of one that is half transparent.
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
    // Of formats none of which is transparent and long enough, the one that is long enough.
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
    // A JPEG that padding makes longer than JPEG is.
    let picture = jpeg(2, 60_000, &vec![[90; 3]; 120_000]);
    let fields = r#""width": 2, "pad": {"top": 5501}"#;
    let made = one(&picture, fields).unwrap();
    assert_eq!((made.media_type.as_str(), made.height), ("image/png", 65_501));
}
