//! Damaged files of every format: each outcome is a picture or an error with the responsible party.
//! `just mutate` is the long version, in the sandbox.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use obscura_sdk::testing::render as run;
use obscura_sdk::{Error, Limits};
use resize::Resize;
use support::*;

const COUNT: usize = 6000;

const PARAMETERS: &str = r#"{"renditions": [
    {"name": "still", "width": 16, "format": "jpeg"},
    {"name": "moving", "width": 16, "format": "webp", "animation": "keep"},
    {"name": "deep", "width": 12, "format": "png", "depth": 16, "linear": true, "metadata": "credit"}]}"#;

/// A multiplicative generator: the same damage every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let four = quarters(24, 16);
    let picture = image::RgbImage::from_vec(24, 16, four.as_flattened().to_vec()).unwrap();
    let picture = DynamicImage::from(picture);
    let saved = |picture: &DynamicImage, format| {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let colours = [220, 30, 30, 30, 200, 30, 30, 30, 220];
    let moving = gif(24, 16, &colours, &[1; 24 * 16]);
    let keep = r#""width": 24, "format": "webp", "animation": "keep""#;
    let mut two = Vec::new();
    let mut encoder = gif::Encoder::new(&mut two, 24, 16, &colours).unwrap();
    for colour in [0, 1] {
        let frame = gif::Frame::from_indexed_pixels(24, 16, vec![colour; 24 * 16], Some(2));
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    let alpha = DynamicImage::from(picture.to_rgba8());
    let deep = DynamicImage::from(picture.to_rgb16());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let inputs = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<_> =
        inputs.filter(|path| path.extension().is_some_and(|kind| kind != "py")).collect();
    inputs.sort();
    let mut seeds: Vec<Vec<u8>> =
        inputs.iter().step_by(3).map(|path| std::fs::read(path).unwrap()).collect();
    seeds.extend([
        jpeg(24, 16, &four),
        with_orientation(&jpeg(24, 16, &four), 6),
        one(&rgb_png(24, 16, &four), r#""width": 24, "format": "webp""#).unwrap().body,
        one(&two, keep).unwrap().body,
        one(&two, r#""width": 24, "format": "png", "animation": "keep""#).unwrap().body,
        saved(&picture, ImageFormat::Png),
        saved(&deep, ImageFormat::Png),
        saved(&alpha, ImageFormat::WebP),
        saved(&picture, ImageFormat::Tiff),
        saved(&deep, ImageFormat::Tiff),
        saved(&picture, ImageFormat::Bmp),
        moving,
        two,
    ]);
    seeds
}

#[test]
fn damaged_files_are_pictures_or_typed_errors() {
    let seeds = seeds();
    let limits = Limits { max_pixels: 4_000_000, max_frames: 50, max_memory: 256 << 20 };
    for seed in &seeds {
        run::<Resize>(seed, PARAMETERS, limits).unwrap();
    }
    let mut dice = Dice(1);
    let mut rendered = 0;
    for number in 0..COUNT {
        let mut file = seeds[dice.below(seeds.len())].clone();
        for _ in 0..=dice.below(3) {
            let reach = [64, 256, file.len()][dice.below(3)].min(file.len());
            let at = dice.below(reach);
            match dice.below(5) {
                0 => file[at] ^= 1 << dice.below(8),
                1 => file[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
                2 => file.truncate(at.max(1)),
                3 => drop(file.drain(at..(at + 1 + dice.below(20)).min(file.len()))),
                _ => {
                    let piece = file[at..(at + 1 + dice.below(40)).min(file.len())].to_vec();
                    file.splice(at..at, piece);
                }
            }
            if file.is_empty() {
                file.push(0);
            }
        }
        match run::<Resize>(&file, PARAMETERS, limits) {
            Ok(_) => rendered += 1,
            Err(Error::Malformed(_) | Error::UnsupportedFormat(_) | Error::LimitExceeded(_)) => {}
            Err(other) => panic!("{number}: {other:?}"),
        }
    }
    assert!(rendered > COUNT / 20, "{rendered}");
}
