//! Truncated or damaged files: refused, unless `damaged` is `render`.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::{Error, Rendition};
use support::*;

fn rendered(file: &[u8], fields: &str) -> Result<Rendition, Error> {
    let parameters =
        format!(r#"{{"damaged": "render", "renditions": [{{"name": "one", {fields}}}]}}"#);
    Ok(render(file, &parameters)?.remove(0))
}

fn is_marked(rendition: &Rendition) -> bool {
    rendition
        .attributes
        .iter()
        .any(|(name, value)| (name.as_str(), value.as_str()) == ("damaged", "yes"))
}

/// Pictures of 64 × 64 that do not compress well, so that half of a file is half of its rows.
fn noisy() -> Vec<[u8; 3]> {
    let noise = |n: usize| (n.wrapping_mul(2_654_435_761) >> 13) as u8 % 40;
    quarters(64, 64)
        .iter()
        .enumerate()
        .map(|(n, p)| p.map(|v| v.saturating_sub(noise(n))))
        .collect()
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let pixels = noisy();
    let lossy = one(&rgb_png(64, 64, &pixels), r#""width": 64, "format": "webp", "quality": 95"#);
    let palette: Vec<u8> = (0..=255).flat_map(|n| [n, 255 - n, n / 2]).collect();
    let indices: Vec<u8> = pixels.iter().map(|p| p[0] ^ p[1]).collect();
    let rgb = image::RgbImage::from_vec(64, 64, pixels.as_flattened().to_vec()).unwrap();
    let saved = |format| {
        let mut file = std::io::Cursor::new(Vec::new());
        image::DynamicImage::from(rgb.clone()).write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    vec![
        ("JPEG", jpeg(64, 64, &pixels)),
        ("PNG", rgb_png(64, 64, &pixels)),
        ("WebP", lossy.unwrap().body),
        ("GIF", gif(64, 64, &palette, &indices)),
        ("BMP", saved(image::ImageFormat::Bmp)),
    ]
}

const FIELDS: &str = r#""width": 64, "format": "png""#;

#[test]
fn truncated_files_are_rendered_on_request() {
    for (name, file) in files() {
        let whole = pixels(&one(&file, FIELDS).unwrap()).2;
        assert!(!is_marked(&rendered(&file, FIELDS).unwrap()), "{name}");
        let cut = &file[..file.len() * 6 / 10];
        let refused = one(cut, FIELDS);
        assert!(matches!(refused, Err(Error::Malformed(_))), "{name}: {refused:?}");
        let made = rendered(cut, FIELDS).unwrap();
        assert!(is_marked(&made), "{name}");
        let (width, height, found) = pixels(&made);
        assert_eq!((width, height), (64, 64), "{name}");
        // The lower rows of a BMP come first.
        let there = match name {
            "BMP" => 64 * 40..64 * 64,
            // A whole row of its blocks must be present, and the rows that are filtered with it.
            "WebP" => 0..64 * 8,
            "GIF" => 0..64 * 6,
            _ => 0..64 * 24,
        };
        let missing = if name == "BMP" { 20 } else { 64 * 64 - 20 };
        for at in there {
            assert!(close(found[at], whole[at], 2), "{name} {at}");
        }
        let expected = match name {
            "JPEG" => [128, 128, 128, 255],
            "GIF" => [0, 255, 0, 255],
            _ => [0, 0, 0, 255],
        };
        assert!(close(found[missing], expected, 2), "{name} {:?}", found[missing]);
    }
}

#[test]
fn a_file_of_which_nothing_is_there_is_refused_all_the_same() {
    for (name, file) in files() {
        for length in [20, 30] {
            let made = rendered(&file[..length], FIELDS);
            assert!(matches!(made, Err(Error::Malformed(_))), "{name} {length}: {made:?}");
        }
    }
}

#[test]
fn broken_blocks_of_a_jpeg_are_rendered_as_far_as_they_are_sound() {
    let mut file = jpeg(64, 64, &noisy());
    let whole = pixels(&one(&file, FIELDS).unwrap()).2;
    // A marker within the data ends it.
    let at = file.len() * 8 / 10;
    file.splice(at..at, [0xff, 0xd9]);
    assert!(matches!(one(&file, FIELDS), Err(Error::Malformed(_))));
    let made = rendered(&file, FIELDS).unwrap();
    assert!(is_marked(&made));
    assert!(close(pixels(&made).2[5], whole[5], 1));
}

#[test]
fn a_png_with_only_a_wrong_checksum_is_complete() {
    let mut file = rgb_png(40, 30, &quarters(40, 30));
    let whole = one(&file, FIELDS).unwrap();
    let end = file.windows(4).position(|bytes| bytes == b"IEND").unwrap();
    file[end - 9] ^= 1;
    assert!(matches!(one(&file, FIELDS), Err(Error::Malformed(_))));
    assert_eq!(rendered(&file, FIELDS).unwrap().body, whole.body);
}

#[test]
fn deep_pngs_and_tiffs_are_rendered_in_part() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let tiff = std::fs::read(folder.join("colour-bigtiff-little.tif")).unwrap();
    let deep: Vec<u8> = noisy().as_flattened().iter().flat_map(|&v| [v, v ^ 85]).collect();
    let deep = png(64, 64, png::ColorType::Rgb, png::BitDepth::Sixteen, &deep);
    for fields in [FIELDS, r#""width": 64, "format": "png", "depth": 16"#] {
        let made = rendered(&deep[..deep.len() / 2], fields).unwrap();
        assert!(is_marked(&made));
    }
    let small = r#""width": 24, "format": "png""#;
    let made = (100..tiff.len()).step_by(9).filter_map(|end| rendered(&tiff[..end], small).ok());
    assert!(made.filter(is_marked).count() > 1);
}
