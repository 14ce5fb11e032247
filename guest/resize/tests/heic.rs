//! HEIC files of every supported kind, compared with libheif's output; `conformance/heic.py` made
//! both.

#![cfg(feature = "heic")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Limits, Transform};
use resize::Resize;
use support::samples::{Samples, WHOLE};
use support::*;

const SAMPLES: Samples = Samples("heic");

fn file(name: &str) -> Vec<u8> {
    SAMPLES.file(name)
}

fn compare(name: &str, shown: &str, mean: f64, most: f64) {
    SAMPLES.compare(name, shown, mean, most);
}

#[test]
fn samples_are_the_ones_that_libheif_decodes() {
    for name in [
        "4-4-4",
        "grey",
        "video-s-range",
        "bt-709",
        "bt-2020-s-matrix",
        "rgb",
        "12-bits",
        "lossless",
        "colours-in-the-stream",
        "narrow",
    ] {
        compare(name, name, 0.6, 3.0);
    }
    // Colours are premultiplied in 8 bits before they are resized.
    for name in ["opacity", "opacity-premultiplied"] {
        compare(name, name, 0.6, 4.0);
    }
}

#[test]
fn chroma_of_half_the_size_is_near() {
    // Our chroma interpolation is better than libheif's.
    for name in
        ["4-2-0", "4-2-2", "odd-size", "10-bits", "10-bits-4-2-2", "bt-709-4-2-0-video-s-range"]
    {
        compare(name, name, 3.5, 30.0);
    }
}

#[test]
fn wide_colours_become_srgb() {
    for name in ["display-p3-by-code-points", "bt-2020-by-code-points"] {
        compare(name, name, 0.8, 14.0);
        let made = one(&file(name), WHOLE).unwrap();
        assert!(made.attributes.contains(&("profile".into(), "converted".into())));
    }
}

#[test]
fn turned_pictures_and_grids_are_the_picture() {
    // These are compared with the picture before encoding. Their EXIF orientation must be ignored.
    for name in ["turned-2", "turned-6", "turned-7"] {
        compare(name, "turned", 4.0, 60.0);
    }
    for name in ["grid", "grid-turned"] {
        compare(name, "grid", 4.0, 60.0);
    }
}

#[test]
fn more_than_eight_bits_stay() {
    let deep = one(&file("12-bits"), &format!(r#"{WHOLE}, "depth": 16"#)).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(&deep.body)).read_info().unwrap();
    assert_eq!(reader.output_color_type(), (png::ColorType::Rgb, png::BitDepth::Sixteen));
}

#[test]
fn its_own_format_is_jpeg_or_png_with_opacity() {
    for (name, media_type) in [("4-2-0", "image/jpeg"), ("opacity", "image/png")] {
        assert_eq!(one(&file(name), r#""width": 8"#).unwrap().media_type, media_type);
    }
    let description = Resize::describe();
    assert_eq!(description.name, "resize-heif");
    for media_type in ["image/heic", "image/heif", "image/avif"] {
        assert!(description.accepts.contains(&media_type.to_owned()));
    }
}

#[test]
fn truncated_files_are_malformed() {
    for name in ["4-2-0", "opacity", "grid", "rgb"] {
        let whole = file(name);
        for length in (16..whole.len()).step_by(7) {
            let cut = one(&whole[..length], r#""width": 8, "format": "jpeg""#);
            assert!(matches!(cut, Err(Error::Malformed(_))), "{name} {length}: {cut:?}");
        }
    }
}

#[test]
fn limits_hold_before_anything_is_decoded() {
    // Its size is the coded one: 64×64, of which 28×20 are shown.
    let limits = Limits { max_pixels: 4000, ..DEFAULT_LIMITS };
    for name in ["4-2-0", "grid"] {
        let outcome = run::<Resize>(&file(name), "", limits);
        assert!(matches!(outcome, Err(Error::LimitExceeded(_))), "{name}: {outcome:?}");
    }
    let limits = Limits { max_memory: 24 << 20, ..DEFAULT_LIMITS };
    let outcome = run::<Resize>(&file("4-2-0"), "", limits);
    assert!(matches!(outcome, Err(Error::LimitExceeded(_))), "{outcome:?}");
    // A size that only the container states: 65536 pixels a side.
    let mut bomb = file("4-2-0");
    let at = bomb.windows(4).position(|name| name == b"ispe").unwrap();
    bomb[at + 8..at + 16].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let outcome = one(&bomb, r#""width": 8"#);
    assert!(matches!(outcome, Err(Error::LimitExceeded(_))), "{outcome:?}");
    bomb[at + 8..at + 16].copy_from_slice(&[0, 0, 0, 99, 0, 0, 0, 99]);
    let outcome = one(&bomb, r#""width": 8"#);
    assert!(matches!(outcome, Err(Error::Malformed(_))), "{outcome:?}");
}

#[test]
fn colours_can_be_declared_by_tiles_only() {
    // An unknown transfer function, in the only place where the file describes its colours.
    let mut changed = file("grid-turned");
    let found: Vec<usize> =
        (0..changed.len() - 4).filter(|&at| changed[at..].starts_with(b"nclx")).collect();
    assert_eq!(found.len(), 1);
    changed[found[0] + 7] = 9;
    let outcome = one(&changed, r#""width": 8"#);
    assert!(
        matches!(&outcome, Err(Error::UnsupportedFormat(message)) if message.contains("transfer")),
        "{outcome:?}"
    );
}

#[test]
fn rare_features_are_refused_by_name() {
    for (name, word) in [("overlay", "iovl")] {
        match one(&file(name), r#""width": 8"#) {
            Err(Error::UnsupportedFormat(message)) => assert!(message.contains(word), "{message}"),
            other => panic!("{word}: {other:?}"),
        }
    }
}
