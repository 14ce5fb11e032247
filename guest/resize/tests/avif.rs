//! AVIF files of every supported kind, compared with libavif's output; `conformance/avif.py` made
//! both.

#![cfg(feature = "avif")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Limits, Transform};
use resize::Resize;
use support::samples::{Samples, WHOLE, differences};
use support::*;

const SAMPLES: Samples = Samples("avif");

fn file(name: &str) -> Vec<u8> {
    SAMPLES.file(name)
}

fn compare(name: &str, mean: f64, most: f64) {
    SAMPLES.compare(name, name, mean, most);
}

#[test]
fn samples_are_the_ones_that_libavif_decodes() {
    for name in
        ["4-4-4", "grey", "grey-video-s-range", "bt-709", "bt-2020-s-matrix", "rgb", "12-bits"]
    {
        compare(name, 0.4, 2.0);
    }
    // Colours are premultiplied in 8 bits before they are resized.
    for name in ["opacity", "opacity-premultiplied"] {
        compare(name, 0.5, 4.0);
    }
    compare("clean-aperture-odd", 0.4, 2.0);
}

#[test]
fn chroma_of_half_the_size_is_near() {
    // Our chroma interpolation is better than libavif's.
    for name in [
        "4-2-0",
        "4-2-2",
        "odd-size",
        "video-s-range",
        "10-bits",
        "10-bits-4-2-2",
        "film-grain",
        "clean-aperture",
    ] {
        compare(name, 2.5, 25.0);
    }
}

#[test]
fn wide_colours_become_srgb() {
    for name in ["display-p3-by-code-points", "bt-2020-by-code-points"] {
        compare(name, 0.6, 12.0);
        assert!(
            one(&file(name), WHOLE)
                .unwrap()
                .attributes
                .contains(&("profile".into(), "converted".into()))
        );
    }
}

#[test]
fn turned_pictures_grids_and_stills_of_animations_are_the_picture() {
    // These are compared with the picture before encoding.
    for name in ["turned-2", "turned-6", "turned-7", "grid", "animation-s-still-picture"] {
        compare(name, 4.0, 60.0);
    }
}

#[test]
fn more_than_eight_bits_stay() {
    let deep = one(&file("12-bits"), &format!(r#"{WHOLE}, "depth": 16"#)).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&deep.body)).read_info().unwrap();
    assert_eq!(reader.output_color_type(), (png::ColorType::Rgb, png::BitDepth::Sixteen));
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut buffer).unwrap();
    let high: Vec<[u8; 4]> =
        buffer.as_chunks::<6>().0.iter().map(|&[r, _, g, _, b, _]| [r, g, b, 255]).collect();
    let found = differences(&high, &SAMPLES.shown("12-bits").2);
    assert!(found.0 <= 0.7 && found.1 <= 1.0, "{found:?}");
}

#[test]
fn its_own_format_is_avif_and_it_can_be_read_again() {
    let made = one(&file("4-4-4"), r#""width": 36, "chroma": "4:4:4", "quality": 95"#).unwrap();
    assert_eq!(made.media_type, "image/avif");
    let again = pixels(&one(&made.body, WHOLE).unwrap());
    let (width, height, shown) = SAMPLES.shown("4-4-4");
    assert_eq!((again.0, again.1), (width, height));
    assert!(differences(&again.2, &shown).0 < 3.0);
    assert!(Resize::describe().accepts.contains(&"image/avif".to_owned()));
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
    let limits = Limits { max_pixels: 900, ..DEFAULT_LIMITS };
    for name in ["4-2-0", "grid"] {
        let outcome = run::<Resize>(&file(name), "", limits);
        assert!(matches!(outcome, Err(Error::LimitExceeded(_))), "{name}: {outcome:?}");
    }
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
fn hdr_is_made_srgb() {
    // The same samples, treated as PQ and as HLG. The values themselves are checked with PNGs.
    let plain = file("4-4-4");
    let at = plain.windows(4).position(|name| name == b"nclx").unwrap() + 4;
    let shown = |file: &[u8]| pixels(&one(file, r#""width": 8, "format": "png""#).unwrap()).2;
    let before = shown(&plain);
    // HLG is designed to look acceptable without this.
    for (transfer, least) in [(16, 10.0), (18, 1.0)] {
        let mut hdr = plain.clone();
        hdr[at + 3] = transfer;
        let after = shown(&hdr);
        assert_eq!(before.len(), after.len());
        let found = differences(&before, &after).0;
        assert!(found > least, "{transfer}: {found}");
    }
}

#[test]
fn rare_features_are_refused_by_name() {
    // Code points: primaries, transfer, matrix.
    for (code, word) in [
        ([11, 13, 6], "primaries"),
        ([11, 16, 6], "transfer"),
        ([1, 13, 14], "matrix"),
        ([1, 9, 6], "transfer"),
    ] {
        let mut changed = file("4-2-0");
        let at = changed.windows(4).position(|name| name == b"nclx").unwrap() + 4;
        for (place, value) in [at + 1, at + 3, at + 5].into_iter().zip(code) {
            changed[place] = value;
        }
        match one(&changed, r#""width": 8"#) {
            Err(Error::UnsupportedFormat(message)) => assert!(message.contains(word), "{message}"),
            other => panic!("{word}: {other:?}"),
        }
    }
}
