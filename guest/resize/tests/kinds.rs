//! The kinds of TIFF and BMP that programs write: each file in `tests/inputs` shows the same picture.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use obscura_sdk::Error;
use support::*;

/// Whether the pixel `at` of a picture of 24 columns matches the file's name.
fn expected(name: &str, at: usize) -> [u8; 4] {
    let (left, upper) = (at % 24 < 12, at / 24 < 8);
    let [r, g, b] = match (left, upper) {
        (true, true) => [220, 30, 30],
        (false, true) => [30, 200, 30],
        (true, false) => [30, 30, 220],
        (false, false) => [240, 240, 240],
    };
    let level = |black: u8, white: u8| if left { black } else { white };
    match name.split(['-', '.']).next().unwrap() {
        "alpha" => [r, g, b, 153],
        "grey" => [level(51, 204), level(51, 204), level(51, 204), 255],
        "bilevel" => [level(0, 255), level(0, 255), level(0, 255), 255],
        _ => [r, g, b, 255],
    }
}

fn files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name.ends_with(".tif") || name.ends_with(".bmp"))
        .collect();
    files.sort();
    files
}

/// The errors in a rendition of a file with this name.
fn fault(name: &str, made: &obscura_sdk::Rendition) -> Option<String> {
    let (width, height, pixels) = pixels(made);
    if (width, height) != (24, 16) {
        return Some(format!("{name}: {width}×{height}"));
    }
    // Except for the borders between quarters, which JPEG and subsampled chroma blur.
    [0, 8, 15, 23, 24 * 3 + 3, 24 * 4 + 20, 24 * 13 + 3, 24 * 15, 24 * 15 + 23].iter().find_map(
        |&at| {
            let right = expected(name, at);
            let wrong = !close(pixels[at], right, 6);
            wrong.then(|| format!("{name} at {at}: {:?} instead of {right:?}", pixels[at]))
        },
    )
}

const FIELDS: &str = r#""width": 24, "format": "png""#;

#[test]
fn every_kind_shows_the_same_picture() {
    let files = files();
    assert!(files.len() > 90, "{}", files.len());
    let wrong = files.iter().filter_map(|(name, file)| match one(file, FIELDS) {
        Ok(made) => fault(name, &made),
        Err(error) => Some(format!("{name}: {error:?}")),
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn faxes_of_scattered_dots_are_larger_than_their_pixels() {
    let file = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/dots.tiff"));
    let (width, height, pixels) =
        pixels(&one(&file.unwrap(), r#""width": 512, "format": "png""#).unwrap());
    assert_eq!((width, height), (512, 128));
    // Alternating black and white, and alternating rows.
    for (at, pixel) in pixels.iter().enumerate() {
        let white = (at % 512 + at / 512).is_multiple_of(2);
        assert!(close(*pixel, if white { [255; 4] } else { [0, 0, 0, 255] }, 0), "{at}");
    }
}

#[test]
fn truncated_files_are_damaged_or_complete() {
    let mut damaged = 0;
    for (name, file) in files() {
        for part in 1..4 {
            match one(&file[..file.len() * part / 4], FIELDS) {
                // Missing pixels are not part of the picture.
                Ok(made) => assert_eq!(fault(&name, &made), None, "{part}/4"),
                Err(Error::Malformed(_)) => damaged += 1,
                other => panic!("{name} {part}/4: {other:?}"),
            }
        }
    }
    assert!(damaged > 250, "{damaged}");
}
