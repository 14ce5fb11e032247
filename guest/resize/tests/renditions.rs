//! The renditions of given pictures.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::Error;
use png::{BitDepth, ColorType};
use support::*;

#[test]
fn the_defaults_are_four_and_never_enlarge() {
    let picture = jpeg(1200, 900, &quarters(1200, 900));
    let mut made: Vec<_> = render(&picture, "")
        .unwrap()
        .into_iter()
        .map(|r| (pixels(&r).0, pixels(&r).1, r))
        .map(|(w, h, r)| {
            assert_eq!((w, h), (r.width, r.height), "{}", r.name);
            (r.name, w, h, r.media_type)
        })
        .collect();
    made.sort();
    let expected = [
        ("large", 1200, 900, "image/jpeg"),
        ("medium", 1024, 768, "image/jpeg"),
        ("small", 400, 300, "image/webp"),
        ("thumbnail", 150, 150, "image/jpeg"),
    ];
    let expected = expected.map(|(n, w, h, t)| (n.to_owned(), w, h, t.to_owned()));
    assert_eq!(made, expected);
}

#[test]
fn every_format_goes_to_every_format() {
    let four = quarters(80, 60);
    let palette = [220, 30, 30, 30, 200, 30, 30, 30, 220, 240, 240, 240];
    let index = |p: &[u8; 3]| palette.as_chunks::<3>().0.iter().position(|c| c == p).unwrap();
    let indices: Vec<u8> = four.iter().map(|p| index(p) as u8).collect();
    let sources = [
        ("jpeg", jpeg(80, 60, &four)),
        ("png", rgb_png(80, 60, &four)),
        ("webp", webp(80, 60, &four)),
        ("gif", gif(80, 60, &palette, &indices)),
    ];
    for (source, picture) in &sources {
        for target in ["jpeg", "png", "webp", "source"] {
            let fields = format!(r#""width": 40, "format": "{target}", "quality": 90"#);
            let rendition = one(picture, &fields).unwrap();
            let expected = match (target, *source) {
                ("source", "gif") => "png",
                ("source", source) => source,
                (target, _) => target,
            };
            assert_eq!(rendition.media_type, format!("image/{expected}"));
            let (width, height, pixels) = pixels(&rendition);
            assert_eq!((width, height), (40, 30));
            for (x, y, [r, g, b]) in [
                (8, 8, [220, 30, 30]),
                (30, 8, [30, 200, 30]),
                (8, 24, [30, 30, 220]),
                (30, 24, [240; 3]),
            ] {
                let pixel = pixels[y * 40 + x];
                assert!(close(pixel, [r, g, b, 255], 12), "{source} to {target}: {pixel:?}");
            }
        }
    }
}

#[test]
fn all_eight_orientations_stand_upright() {
    // The stored picture for each orientation of the camera, made with the inverse rotation.
    let (width, height) = (96, 64);
    let upright = quarters(width, height);
    let at = |x: u32, y: u32| upright[(y * width + x) as usize];
    for value in 1..=8u8 {
        let (stored_width, stored_height) =
            if value >= 5 { (height, width) } else { (width, height) };
        let mut stored = Vec::new();
        for y in 0..stored_height {
            for x in 0..stored_width {
                let (right, down) = (stored_width - 1 - x, stored_height - 1 - y);
                stored.push(match value {
                    1 => at(x, y),
                    2 => at(right, y),
                    3 => at(right, down),
                    4 => at(x, down),
                    5 => at(y, x),
                    6 => at(down, x),
                    7 => at(down, right),
                    _ => at(y, right),
                });
            }
        }
        let picture = with_orientation(&jpeg(stored_width, stored_height, &stored), value);
        for (fields, expected) in [
            (r#""width": 48, "format": "png""#, (48, 32)),
            (r#""width": 20, "height": 32, "format": "jpeg", "quality": 95"#, (20, 32)),
            (r#""width": 41, "format": "jpeg", "quality": 95"#, (41, 27)),
        ] {
            let (w, h, pixels) = pixels(&one(&picture, fields).unwrap());
            assert_eq!((w, h), expected, "orientation {value}");
            let corner = |x: u32, y: u32| pixels[(y * w + x) as usize];
            assert!(close(corner(3, 3), [220, 30, 30, 255], 16), "{value} {fields}");
            assert!(close(corner(w - 4, 3), [30, 200, 30, 255], 16), "{value} {fields}");
            assert!(close(corner(3, h - 4), [30, 30, 220, 255], 16), "{value} {fields}");
            assert!(close(corner(w - 4, h - 4), [240, 240, 240, 255], 16), "{value} {fields}");
        }
    }
}

#[test]
fn chroma_stays_in_place_when_odd_pictures_are_turned() {
    let (width, height) = (122, 82);
    let check = |at: u32| [[200, 60, 60], [60, 60, 200]][(at % 122 / 10 % 2) as usize];
    let picture: Vec<[u8; 3]> =
        (0..width * height).map(|at| check(at % width + at / width / 10 * 10)).collect();
    let stored = jpeg(width, height, &picture);
    // How far JPEG and WebP are from the pixels, whose chroma is complete.
    let differs = |value: u8, format: &str| {
        let picture = with_orientation(&stored, value);
        let side = if value >= 5 { "height" } else { "width" };
        let fields = |format: &str| format!(r#""{side}": 61, "format": "{format}", "quality": 98"#);
        let (_, _, complete) = pixels(&one(&picture, &fields("png")).unwrap());
        let (_, _, halved) = pixels(&one(&picture, &fields(format)).unwrap());
        support::samples::differences(&halved, &complete).0
    };
    for format in ["jpeg", "webp"] {
        let upright = differs(1, format);
        for value in 2..=8 {
            let turned = differs(value, format);
            assert!(turned < upright * 1.2, "{format} {value}: {turned}, upright {upright}");
        }
    }
}

#[test]
fn cover_keeps_the_part_that_is_asked_for() {
    let picture = rgb_png(100, 50, &quarters(100, 50));
    for (position, expected) in [
        ("left", [220, 30, 30, 255]),
        ("right", [30, 200, 30, 255]),
        ("northeast", [30, 200, 30, 255]),
    ] {
        let fields =
            format!(r#""width": 20, "height": 20, "position": "{position}", "format": "png""#);
        let (_, _, pixels) = pixels(&one(&picture, &fields).unwrap());
        assert!(close(pixels[5 * 20 + 5], expected, 3), "{position}");
    }
}

#[test]
fn contain_pads_with_the_background() {
    let picture = jpeg(100, 50, &quarters(100, 50));
    for (format, background, expected) in [
        ("png", "#000000", [0, 0, 0, 255]),
        ("png", "transparent", [0, 0, 0, 0]),
        ("jpeg", "#ffcc00", [255, 204, 0, 255]),
        ("webp", "#fff", [255, 255, 255, 255]),
    ] {
        let fields = format!(
            r#""width": 60, "height": 60, "fit": "contain", "format": "{format}", "background": "{background}""#
        );
        let (width, height, pixels) = pixels(&one(&picture, &fields).unwrap());
        assert_eq!((width, height), (60, 60));
        assert!(close(pixels[3 * 60 + 30], expected, 6), "{format} {:?}", pixels[3 * 60 + 30]);
        assert!(close(pixels[22 * 60 + 10], [220, 30, 30, 255], 12), "{format}");
    }
}

#[test]
fn transparency_is_kept_or_laid_on_the_background() {
    let pixel = |x: u32| if x < 20 { [200, 40, 40, 255] } else { [0, 0, 0, 0] };
    let bytes: Vec<[u8; 4]> = (0..40).flat_map(|_| (0..40).map(pixel)).collect();
    let picture = png(40, 40, ColorType::Rgba, BitDepth::Eight, bytes.as_flattened());
    for (fields, left, right) in [
        (r#""format": "png""#, [200, 40, 40, 255], [0, 0, 0, 0]),
        (r#""format": "jpeg""#, [200, 40, 40, 255], [255, 255, 255, 255]),
        (r##""format": "jpeg", "background": "#00f""##, [200, 40, 40, 255], [0, 0, 255, 255]),
    ] {
        let fields = format!(r#""width": 20, "quality": 95, {fields}"#);
        let (_, _, pixels) = pixels(&one(&picture, &fields).unwrap());
        assert!(close(pixels[10 * 20 + 3], left, 10), "{fields} {:?}", pixels[10 * 20 + 3]);
        assert!(close(pixels[10 * 20 + 17], right, 10), "{fields} {:?}", pixels[10 * 20 + 17]);
    }
    let webp = one(&picture, r#""width": 20, "format": "webp""#).unwrap();
    let (_, _, pixels) = pixels(&webp);
    assert_eq!(pixels[10 * 20 + 17][3], 0);
    assert!(close(pixels[10 * 20 + 3], [200, 40, 40, 255], 16), "{:?}", pixels[10 * 20 + 3]);
}

#[test]
fn every_kind_of_png_is_read() {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    // 16×16 pixels of one value, near 3/5 of the range, in each kind.
    for (colour, depth, pixel, expected) in [
        (ColorType::Grayscale, One, &[0xff][..], [255, 255, 255, 255]),
        (ColorType::Grayscale, Two, &[0xaa], [170, 170, 170, 255]),
        (ColorType::Grayscale, Four, &[0x99], [153, 153, 153, 255]),
        (ColorType::Grayscale, Eight, &[153], [153, 153, 153, 255]),
        (ColorType::Grayscale, Sixteen, &[0x99, 0x99], [153, 153, 153, 255]),
        (ColorType::GrayscaleAlpha, Eight, &[153, 128], [153, 153, 153, 128]),
        (ColorType::GrayscaleAlpha, Sixteen, &[0x99, 0x99, 0x80, 0x80], [153, 153, 153, 128]),
        (ColorType::Rgb, Eight, &[10, 20, 30], [10, 20, 30, 255]),
        (ColorType::Rgb, Sixteen, &[10, 10, 20, 20, 30, 30], [10, 20, 30, 255]),
        (ColorType::Rgba, Eight, &[10, 20, 30, 255], [10, 20, 30, 255]),
        (ColorType::Rgba, Sixteen, &[100, 100, 20, 20, 30, 30, 128, 128], [100, 20, 30, 128]),
    ] {
        let bits = 16 * 16 * depth as usize * colour.samples();
        let bytes: Vec<u8> = pixel.iter().copied().cycle().take(bits / 8).collect();
        let picture = png(16, 16, colour, depth, &bytes);
        let (_, _, pixels) = pixels(&one(&picture, r#""width": 5, "format": "png""#).unwrap());
        assert!(close(pixels[12], expected, 2), "{colour:?} {depth:?} {:?}", pixels[12]);
    }
}

#[test]
fn no_metadata_comes_out() {
    let picture = with_orientation(&jpeg(64, 64, &quarters(64, 64)), 1);
    // Not even if there is nothing to do.
    let rendition = one(&picture, r#""width": 64, "format": "jpeg""#).unwrap();
    assert!(!rendition.body.windows(4).any(|bytes| bytes == b"Exif"));
}

#[test]
fn the_same_twice() {
    let picture = jpeg(333, 222, &quarters(333, 222));
    assert_eq!(render(&picture, "").unwrap(), render(&picture, "").unwrap());
}

#[test]
fn foreign_and_broken_files_have_their_own_errors() {
    let fields = r#""width": 10"#;
    let whole = jpeg(200, 200, &quarters(200, 200));
    assert!(matches!(one(b"just text", fields), Err(Error::UnsupportedFormat(_))));
    assert!(matches!(one(b"", fields), Err(Error::Malformed(_))));
    let sources = [
        whole.clone(),
        rgb_png(200, 200, &quarters(200, 200)),
        webp(200, 200, &quarters(200, 200)),
    ];
    for picture in sources {
        for part in 1..8 {
            let cut = &picture[..picture.len() * part / 8];
            assert!(matches!(one(cut, fields), Err(Error::Malformed(_))), "{part}/8");
        }
    }
}

#[test]
fn a_header_that_promises_too_much_is_refused_before_decoding() {
    let mut bomb = rgb_png(1, 1, &[[0; 3]]);
    bomb[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum);
    let fields = r#""width": 10"#;
    assert!(matches!(one(&bomb, fields), Err(Error::LimitExceeded(_))));

    let mut bomb = jpeg(8, 8, &quarters(8, 8));
    let frame = bomb.windows(2).position(|bytes| bytes == [0xff, 0xc0]).unwrap();
    bomb[frame + 5..frame + 9].copy_from_slice(&[0xfd, 0xe8, 0xfd, 0xe8]);
    assert!(matches!(one(&bomb, fields), Err(Error::LimitExceeded(_))));

    let mut bomb = gif(1, 1, &[0, 0, 0], &[0]);
    bomb[6..10].copy_from_slice(&[0xe8, 0xfd, 0xe8, 0xfd]);
    assert!(matches!(one(&bomb, fields), Err(Error::LimitExceeded(_))));

    // A rendition's parameters can be too large, too.
    let line = rgb_png(1, 1000, &vec![[9; 3]; 1000]);
    assert!(matches!(
        one(&line, r#""width": 1000, "format": "jpeg", "without_enlargement": false"#),
        Err(Error::LimitExceeded(_))
    ));
}

/// The checksum of a PNG chunk.
fn crc(bytes: &[u8]) -> [u8; 4] {
    let crc = bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    });
    (!crc).to_be_bytes()
}
