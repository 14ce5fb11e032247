//! The colour spaces of files, and their conversion to sRGB.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use moxcms::{ColorProfile, DataColorSpace};
use obscura_sdk::{Error, Rendition};
use png::{BitDepth, ColorType};
use support::*;

const FIELDS: &str = r#""width": 8, "format": "png""#;

fn attribute<'a>(rendition: &'a Rendition, name: &str) -> Option<&'a str> {
    rendition.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The colour of a single-colour picture, and how its profile was handled.
fn shown(file: &[u8], fields: &str) -> ([u8; 4], Option<String>) {
    let made = one(file, fields).unwrap();
    let word = attribute(&made, "profile").map(str::to_owned);
    (pixels(&made).2[27], word)
}

#[track_caller]
fn is(file: &[u8], expected: [u8; 4], word: Option<&str>) {
    for fields in [FIELDS, r#""width": 8, "format": "png", "linear": true"#] {
        let (colour, found) = shown(file, fields);
        assert!(close(colour, expected, 1), "{colour:?} instead of {expected:?}");
        assert_eq!(found.as_deref(), word);
    }
}

fn plain(colour: ColorType, pixel: &[u8]) -> Vec<u8> {
    png(16, 16, colour, BitDepth::Eight, &pixel.repeat(256))
}

/// A grey profile with a linear curve.
fn grey(lab: bool) -> Vec<u8> {
    let mut profile = ColorProfile::new_gray_with_gamma(1.0);
    if lab {
        profile.pcs = DataColorSpace::Lab;
    }
    profile.encode().unwrap()
}

#[test]
fn grey_profiles_hold_with_opacity_and_a_transparent_level_too() {
    for (lab, level) in [(false, 188), (true, 119)] {
        let icc = grey(lab);
        let with = |png: &[u8]| with_profile(png, &icc);
        let converted = Some("converted");
        is(&with(&plain(ColorType::Grayscale, &[128])), [level, level, level, 255], converted);
        let alpha = with(&plain(ColorType::GrayscaleAlpha, &[128, 100]));
        is(&alpha, [level, level, level, 100], converted);
        let opaque = with(&plain(ColorType::GrayscaleAlpha, &[128, 255]));
        is(&opaque, [level, level, level, 255], converted);
        // One level of grey, which does not occur, is transparent.
        let hole = with_chunk(&plain(ColorType::Grayscale, &[128]), b"tRNS", &[0, 7]);
        is(&with(&hole), [level, level, level, 255], converted);
    }
}

#[test]
fn grey_profiles_hold_for_sixteen_bits() {
    let fields = r#""width": 8, "format": "png", "depth": 16"#;
    for (colour, pixel) in [
        (ColorType::Grayscale, &[128, 128][..]),
        (ColorType::GrayscaleAlpha, &[128, 128, 200, 200]),
    ] {
        let file = png(16, 16, colour, BitDepth::Sixteen, &pixel.repeat(256));
        let made = one(&with_profile(&file, &grey(false)), fields).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&made.body)).read_info().unwrap();
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut samples).unwrap();
        assert!(samples[0].abs_diff(188) <= 1, "{colour:?} {}", samples[0]);
    }
}

#[test]
fn a_profile_of_another_colour_space_is_reported_and_not_used() {
    let rgb = plain(ColorType::Rgb, &[128, 128, 128]);
    is(&with_profile(&rgb, &grey(false)), [128, 128, 128, 255], Some("unreadable"));
    is(&with_profile(&rgb, b"nonsense"), [128, 128, 128, 255], Some("unreadable"));
    // Greys of a colour profile have equal components.
    let mut wide = ColorProfile::new_display_p3();
    let straight = moxcms::ToneReprCurve::Parametric(vec![1.0]);
    (wide.red_trc, wide.cicp) = (Some(straight.clone()), None);
    (wide.green_trc, wide.blue_trc) = (Some(straight.clone()), Some(straight));
    let file = with_profile(&plain(ColorType::Grayscale, &[128]), &wide.encode().unwrap());
    is(&file, [188, 188, 188, 255], Some("converted"));
}

#[test]
fn a_kept_profile_is_of_the_kind_of_the_pixels_that_are_written() {
    let straight = moxcms::ToneReprCurve::Parametric(vec![1.0]);
    let mut colour = ColorProfile::new_srgb();
    (colour.red_trc, colour.cicp) = (Some(straight.clone()), None);
    (colour.green_trc, colour.blue_trc) = (Some(straight.clone()), Some(straight));
    let colour = colour.encode().unwrap();
    for (picture, icc) in [
        (plain(ColorType::Grayscale, &[128]), grey(false)),
        (plain(ColorType::GrayscaleAlpha, &[128, 100]), grey(false)),
        // Without hue, but of a profile of colour.
        (plain(ColorType::Rgb, &[128, 128, 128]), colour.clone()),
        (plain(ColorType::Rgba, &[128, 128, 128, 100]), colour),
    ] {
        let picture = with_profile(&picture, &icc);
        for fields in [
            r#""width": 8, "format": "png""#,
            r#""width": 8, "format": "png", "depth": 16"#,
            r#""width": 8, "format": "webp", "lossless": true"#,
            r#""width": 8, "format": "webp""#,
            r#""width": 8, "format": "jpeg""#,
            r#""width": 8, "format": "auto""#,
        ] {
            let kept = one(&picture, &format!(r#"{fields}, "profile": "keep""#)).unwrap();
            if attribute(&kept, "profile") != Some("kept") {
                continue;
            }
            let of_grey = icc.get(16..20) == Some(b"GRAY");
            let written_grey = match kept.media_type.as_str() {
                // The type of colour, after the size and the depth.
                "image/png" => matches!(kept.body[25], 0 | 4),
                // The number of components, in the frame's header.
                "image/jpeg" => {
                    let frame = kept.body.windows(2).position(|part| part == [0xff, 0xc0]);
                    kept.body[frame.unwrap() + 9] == 1
                }
                _ => false,
            };
            assert_eq!(written_grey, of_grey, "{fields}");
        }
    }
}

const P3: [u8; 3] = [200, 100, 50];
const P3_IN_SRGB: [u8; 4] = [215, 93, 31, 255];
const AS_IT_IS: [u8; 4] = [200, 100, 50, 255];

#[test]
fn code_points_come_before_a_profile_and_that_before_srgb_and_a_gamma() {
    let bare = plain(ColorType::Rgb, &P3);
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let points = |file: &[u8], points: [u8; 4]| with_chunk(file, b"cICP", &points);
    let srgb = |file: &[u8]| with_chunk(file, b"sRGB", &[0]);
    let gamma = |file: &[u8], value: u32| with_chunk(file, b"gAMA", &value.to_be_bytes());
    let wide = |file: &[u8]| with_profile(file, &p3);
    let converted = Some("converted");

    is(&points(&bare, [12, 13, 0, 1]), P3_IN_SRGB, converted);
    is(&wide(&bare), P3_IN_SRGB, converted);
    is(&srgb(&wide(&bare)), P3_IN_SRGB, converted);
    is(&points(&wide(&bare), [1, 13, 0, 1]), AS_IT_IS, None);
    is(&points(&srgb(&gamma(&bare, 100_000)), [12, 13, 0, 1]), P3_IN_SRGB, converted);
    // Unknown code points are ignored, and so are those with narrow range.
    is(&points(&wide(&bare), [77, 13, 0, 1]), P3_IN_SRGB, converted);
    is(&points(&bare, [12, 13, 0, 0]), AS_IT_IS, None);
    let light = [228, 168, 122, 255];
    is(&gamma(&bare, 100_000), light, converted);
    is(&srgb(&gamma(&bare, 100_000)), AS_IT_IS, None);
    is(&gamma(&bare, 45_455), AS_IT_IS, None);
    // A damaged profile is ignored in favour of the next.
    is(&gamma(&with_profile(&bare, b"nonsense"), 100_000), light, converted);
}

#[test]
fn hdr_is_made_srgb() {
    // By the formulas of BT.2100, BT.2390 (peak of 1000, white of 203 cd/m²) and BT.2087, worked
    // out independently of this code: stored value, transfer, displayed value.
    for (rgb, transfer, shown) in [
        ([148, 148, 148], 16, [229, 229, 229, 255]),
        ([128, 128, 128], 16, [181, 181, 181, 255]),
        ([255, 255, 255], 16, [255, 255, 255, 255]),
        ([60, 120, 140], 16, [0, 157, 220, 255]),
        ([191, 191, 191], 18, [229, 229, 229, 255]),
        ([60, 120, 140], 18, [0, 131, 149, 255]),
        ([200, 100, 50], 18, [255, 61, 23, 255]),
    ] {
        let file = with_chunk(&plain(ColorType::Rgb, &rgb), b"cICP", &[9, transfer, 0, 1]);
        is(&file, shown, Some("converted"));
    }
    let odd = with_chunk(&plain(ColorType::Rgb, &[128; 3]), b"cICP", &[11, 16, 0, 1]);
    let odd = one(&odd, FIELDS);
    assert!(matches!(&odd, Err(Error::UnsupportedFormat(m)) if m.contains("HDR")), "{odd:?}");
    // They take precedence over a profile.
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let file = with_profile(&plain(ColorType::Rgb, &[128; 3]), &p3);
    let file = with_chunk(&file, b"cICP", &[9, 16, 0, 1]);
    is(&file, [181, 181, 181, 255], Some("converted"));
    // A file whose declared peak is not above white is not compressed.
    let file = with_chunk(&plain(ColorType::Rgb, &[148; 3]), b"cICP", &[9, 16, 0, 1]);
    let file = with_chunk(&file, b"cLLI", &[2_030_000_u32, 500_000].map(u32::to_be_bytes).concat());
    is(&file, [255, 255, 255, 255], Some("converted"));
}

#[test]
fn primaries_hold_with_a_gamma_and_without() {
    let chunk =
        |places: [u32; 8]| places.into_iter().flat_map(u32::to_be_bytes).collect::<Vec<u8>>();
    let p3 = chunk([31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000]);
    let bare = plain(ColorType::Rgb, &P3);
    let file = with_chunk(&bare, b"cHRM", &p3);
    is(&file, P3_IN_SRGB, Some("converted"));
    is(&with_chunk(&file, b"gAMA", &45_455_u32.to_be_bytes()), P3_IN_SRGB, Some("converted"));
    let on_a_line = chunk([31270, 32900, 30000, 30000, 30000, 30000, 30000, 30000]);
    is(&with_chunk(&bare, b"cHRM", &on_a_line), AS_IT_IS, None);
}

#[test]
fn gamma_holds_for_grey_and_for_a_palette() {
    let gamma = |file: &[u8]| with_chunk(file, b"gAMA", &100_000_u32.to_be_bytes());
    is(&gamma(&plain(ColorType::Grayscale, &[128])), [188, 188, 188, 255], Some("converted"));
    let alpha = plain(ColorType::GrayscaleAlpha, &[128, 100]);
    is(&gamma(&alpha), [188, 188, 188, 100], Some("converted"));
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 16, 16);
    encoder.set_color(ColorType::Indexed);
    encoder.set_palette([128, 128, 128].as_slice());
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0; 256]).unwrap();
    writer.finish().unwrap();
    is(&gamma(&file), [188, 188, 188, 255], Some("converted"));
}
