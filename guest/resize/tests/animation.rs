//! Renditions of animations.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Cursor;

use image::AnimationDecoder;
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Limits, Rendition};
use resize::Resize;
use support::*;

/// A canvas of 40×30: grey, then a red square that is restored to the previous state, then a blue
/// one.
fn animation() -> Vec<u8> {
    let palette = [90, 90, 90, 220, 30, 30, 30, 30, 220];
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 40, 30, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    let mut put = |(left, top, width, height): (u16, u16, u16, u16), colour: u8, dispose, delay| {
        let pixels = vec![colour; usize::from(width) * usize::from(height)];
        let mut frame = gif::Frame::from_indexed_pixels(width, height, pixels, None);
        (frame.left, frame.top, frame.dispose, frame.delay) = (left, top, dispose, delay);
        encoder.write_frame(&frame).unwrap();
    };
    put((0, 0, 40, 30), 0, gif::DisposalMethod::Keep, 10);
    put((4, 4, 12, 12), 1, gif::DisposalMethod::Previous, 20);
    put((20, 12, 12, 12), 2, gif::DisposalMethod::Keep, 30);
    drop(encoder);
    file
}

/// Frames of a file, with their times in milliseconds.
fn frames(rendition: &obscura_sdk::Rendition) -> Vec<(u32, image::RgbaImage)> {
    let file = Cursor::new(rendition.body.as_slice());
    let frames = match rendition.media_type.as_str() {
        "image/gif" => GifDecoder::new(file).unwrap().into_frames(),
        "image/webp" => WebPDecoder::new(file).unwrap().into_frames(),
        "image/png" => PngDecoder::new(file).unwrap().apng().unwrap().into_frames(),
        other => panic!("{other}"),
    };
    let frames = frames.collect_frames().unwrap().into_iter();
    frames.map(|frame| (frame.delay().numer_denom_ms().0, frame.into_buffer())).collect()
}

#[test]
fn every_frame_is_kept_as_it_is_seen() {
    for format in ["gif", "webp", "png", "source"] {
        let fields =
            format!(r#""width": 20, "format": "{format}", "animation": "keep", "quality": 95"#);
        let made = one(&animation(), &fields).unwrap();
        assert_eq!((made.width, made.height), (20, 15));
        let frames = frames(&made);
        let delays: Vec<u32> = frames.iter().map(|(delay, _)| *delay).collect();
        assert_eq!(delays, [100, 200, 300], "{format}");
        for (index, (red, blue)) in
            [(false, false), (true, false), (false, true)].into_iter().enumerate()
        {
            let picture = &frames[index].1;
            let (left, right) = (picture.get_pixel(5, 5).0, picture.get_pixel(12, 8).0);
            let grey = [90, 90, 90, 255];
            assert!(
                close(left, if red { [220, 30, 30, 255] } else { grey }, 16),
                "{format} {index} {left:?}"
            );
            assert!(
                close(right, if blue { [30, 30, 220, 255] } else { grey }, 16),
                "{format} {index} {right:?}"
            );
        }
    }
}

#[test]
fn only_the_first_frame_is_rendered_by_default() {
    let parameters = r#"{"renditions": [
        {"name": "moves", "width": 20, "format": "webp", "animation": "keep"},
        {"name": "stands", "width": 20, "format": "png"}]}"#;
    let made = render(&animation(), parameters).unwrap();
    assert_eq!(made.len(), 2);
    let stands = made.iter().find(|r| r.name == "stands").unwrap();
    let (_, _, pixels) = pixels(stands);
    assert!(pixels.iter().all(|&pixel| close(pixel, [90, 90, 90, 255], 1)));
    let moves = made.iter().find(|r| r.name == "moves").unwrap();
    assert!(moves.attributes.contains(&("frames".into(), "3".into())));
}

#[test]
fn an_animation_can_be_refused_and_a_still_picture_is_not() {
    let fields = r#""width": 20, "animation": "refuse""#;
    match one(&animation(), fields) {
        Err(Error::UnsupportedFormat(message)) => assert!(message.contains("`one`"), "{message}"),
        other => panic!("{other:?}"),
    }
    for animation in ["refuse", "keep"] {
        let still = gif(8, 8, &[9, 9, 9], &[0; 64]);
        let made = one(&still, &format!(r#""width": 4, "animation": "{animation}""#)).unwrap();
        assert_eq!(made.media_type, "image/png");
    }
}

#[test]
fn frames_and_their_pixels_are_limited_before_any_is_decoded() {
    let parameters =
        r#"{"renditions": [{"name": "a", "width": 9, "format": "gif", "animation": "keep"}]}"#;
    for limits in [
        Limits { max_frames: 2, ..DEFAULT_LIMITS },
        Limits { max_pixels: 40 * 30 * 2, ..DEFAULT_LIMITS },
    ] {
        let outcome = run::<Resize>(&animation(), parameters, limits);
        assert!(matches!(outcome, Err(Error::LimitExceeded(_))), "{outcome:?}");
        // Only its first frame is within them.
        let first = r#"{"renditions": [{"name": "a", "width": 9}]}"#;
        assert!(run::<Resize>(&animation(), first, limits).is_ok());
    }
}

#[test]
fn holes_stay_holes() {
    let palette = [200, 40, 40, 0, 0, 0];
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 16, 16, &palette).unwrap();
    for offset in [0, 8] {
        let pixels = (0..256).map(|n| u8::from((n + offset) % 16 < 8)).collect::<Vec<u8>>();
        let mut frame = gif::Frame::from_indexed_pixels(16, 16, pixels, Some(1));
        frame.dispose = gif::DisposalMethod::Background;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    for format in ["gif", "webp", "png"] {
        let fields = format!(r#""width": 16, "format": "{format}", "animation": "keep""#);
        let frames = frames(&one(&file, &fields).unwrap());
        let alpha = |frame: usize, x| frames[frame].1.get_pixel(x, 8).0[3];
        assert_eq!(
            [alpha(0, 2), alpha(0, 12), alpha(1, 2), alpha(1, 12)],
            [0, 255, 255, 0],
            "{format}"
        );
    }
}

/// All frames, in this format, at their own width.
fn kept(file: &[u8], format: &str, more: &str) -> Rendition {
    let fields = format!(r#""width": 500, "format": "{format}", "animation": "keep" {more}"#);
    one(file, &fields).unwrap()
}

#[test]
fn a_hole_after_an_opaque_frame_is_one() {
    // The second frame is transparent at the left: the first is cleared.
    let file = include_bytes!("fixtures/hole-after-opaque.gif");
    for format in ["gif", "webp", "png"] {
        let made = kept(file, format, r#", "quality": 95"#);
        if format == "gif" {
            // Readers other than browsers only clear to a transparent colour.
            let control = made.body.windows(3).position(|b| b == [0x21, 0xf9, 4]).unwrap();
            assert_eq!(made.body[control + 3] & 0x1d, 2 << 2 | 1);
        }
        let frames = frames(&made);
        assert_eq!(frames[0].1.get_pixel(0, 0).0[3], 255, "{format}");
        assert_eq!(frames[1].1.get_pixel(0, 0).0[3], 0, "{format}");
        let (width, height) = frames[1].1.dimensions();
        let opaque = frames[1].1.get_pixel(width / 2, height / 2).0;
        let count = |image: &image::RgbaImage| image.pixels().filter(|p| p.0[3] == 255).count();
        assert!(count(&frames[1].1) < count(&frames[0].1), "{format} {opaque:?}");
    }
}

#[test]
fn frames_that_cover_a_part_appear_and_disappear() {
    // Squares that appear and disappear over a transparent canvas, with each of GIF's disposal
    // methods.
    use gif::DisposalMethod::{Background, Keep, Previous};
    let palette = [200, 40, 40, 40, 200, 40, 40, 40, 200, 0, 0, 0];
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 24, 16, &palette).unwrap();
    for (left, colour, dispose) in
        [(0, 0, Keep), (6, 1, Previous), (12, 2, Background), (2, 1, Background), (18, 0, Keep)]
    {
        let mut frame = gif::Frame::from_indexed_pixels(6, 8, vec![colour; 48], None);
        (frame.left, frame.top, frame.dispose) = (left, 4, dispose);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    let red = [200, 40, 40, 255];
    let (green, blue, none) = ([40, 200, 40, 255], [40, 40, 200, 255], [0; 4]);
    // At 1, 5, 7, 14 and 20 pixels from the left.
    let expected = [
        [red, red, none, none, none],
        [red, red, green, none, none],
        [red, red, none, blue, none],
        [red, green, green, none, none],
        [red, none, none, none, red],
    ];
    for format in ["gif", "webp", "png"] {
        let made = kept(&file, format, if format == "webp" { r#", "lossless": true"# } else { "" });
        for (number, ((_, image), row)) in frames(&made).iter().zip(expected).enumerate() {
            for (x, pixel) in [1, 5, 7, 14, 20].into_iter().zip(row) {
                let got = image.get_pixel(x, 8).0;
                let same = got == pixel || (got[3], pixel[3]) == (0, 0);
                assert!(same, "{format} frame {number} at {x}: {got:?}, {pixel:?}");
            }
        }
    }
}

#[test]
fn disposal_4_is_3() {
    let mut file = animation();
    // The second frame's control chunk says that it is restored to the previous state.
    let control = file.windows(4).position(|bytes| bytes == [0x21, 0xf9, 4, 3 << 2]).unwrap();
    let right = frames(&kept(&file, "png", ""));
    file[control + 3] = 4 << 2;
    assert_eq!(frames(&kept(&file, "png", "")), right);
    file[control + 3] = 1 << 2;
    assert_ne!(frames(&kept(&file, "png", "")), right);
}

#[test]
fn a_screen_that_is_too_small_becomes_as_large_as_the_first_frame() {
    for animation in ["first", "keep"] {
        let fields = format!(r#""width": 99, "animation": "{animation}""#);
        let made = one(include_bytes!("fixtures/no-screen.gif"), &fields).unwrap();
        assert_eq!((made.width, made.height), (24, 16));
        let mut small = self::animation();
        small[6..10].copy_from_slice(&[9, 0, 9, 0]);
        let made = one(&small, &fields).unwrap();
        assert_eq!((made.width, made.height), (40, 30));
    }
}

#[test]
fn every_frame_is_turned_upright() {
    let turned = include_bytes!("fixtures/turned.apng");
    let first = one(turned, r#""width": 99, "format": "png""#).unwrap();
    assert_eq!((first.width, first.height), (16, 24));
    let (_, _, expected) = pixels(&first);
    for format in ["png", "webp", "gif"] {
        let lossless = if format == "webp" { r#", "lossless": true"# } else { "" };
        let made = kept(turned, format, lossless);
        assert_eq!((made.width, made.height), (16, 24), "{format}");
        let frames = frames(&made);
        assert!(frames.len() > 1);
        assert_eq!(frames[0].1.dimensions(), (16, 24));
        let same = frames[0].1.pixels().zip(&expected).filter(|(a, b)| close(a.0, **b, 40)).count();
        assert!(same > expected.len() * 9 / 10, "{format}: {same} of {}", expected.len());
    }
    // The same for WebP.
    let fields = r#""width": 99, "format": "webp", "animation": "keep", "lossless": true"#;
    let mut webp = one(turned, &fields.replace("99", "500")).unwrap().body;
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0";
    webp[20] |= 0x08;
    webp.extend(b"EXIF");
    webp.extend((exif.len() as u32).to_le_bytes());
    webp.extend(exif);
    let length = (webp.len() as u32 - 8).to_le_bytes();
    webp[4..8].copy_from_slice(&length);
    for animation in ["first", "keep"] {
        let fields = format!(r#""width": 99, "format": "webp", "animation": "{animation}""#);
        let made = one(&webp, &fields).unwrap();
        assert_eq!((made.width, made.height), (24, 16), "{animation}");
    }
}

#[test]
fn frames_are_transparent_even_if_the_file_declares_otherwise() {
    let file = include_bytes!("fixtures/alpha-without-flag.webp");
    let first = one(file, r#""width": 99, "format": "png""#).unwrap();
    assert_eq!(pixels(&first).2[0][3], 0);
    for format in ["webp", "png", "gif"] {
        let frames = frames(&kept(file, format, ""));
        assert_eq!(frames[0].1.get_pixel(0, 0).0[3], 0, "{format}");
    }
}

#[test]
fn frames_of_sixteen_bits_are_kept_in_eight() {
    let made = kept(include_bytes!("fixtures/sixteen-bits.apng"), "png", "");
    assert_eq!((made.width, made.height), (24, 16));
    assert!(frames(&made).len() > 1);
}

/// An animated PNG that declares this many frames.
fn counting(count: u32) -> Vec<u8> {
    let mut file = kept(&animation(), "png", "").body;
    let at = file.windows(4).position(|bytes| bytes == b"acTL").unwrap();
    file[at + 4..at + 8].copy_from_slice(&count.to_be_bytes());
    let sum = crc32fast::hash(&file[at..at + 12]).to_be_bytes();
    file[at + 12..at + 16].copy_from_slice(&sum);
    file
}

#[test]
fn a_wrong_count_of_frames_does_not_matter() {
    for (said, expected) in [(2, 2), (3, 3), (4, 3), (u32::MAX, 3)] {
        assert_eq!(frames(&kept(&counting(said), "webp", "")).len(), expected, "{said}");
    }
    for said in [0, 1] {
        let still = kept(&counting(said), "png", "");
        assert!(still.attributes.iter().all(|(name, _)| name != "frames"), "{said}");
    }
}

#[test]
fn every_frame_in_hdr_is_made_srgb() {
    let plain = kept(&animation(), "png", "");
    let hdr = kept(&with_chunk(&plain.body, b"cICP", &[1, 16, 0, 1]), "png", "");
    let (plain, hdr) = (frames(&plain), frames(&hdr));
    assert_eq!(plain.len(), hdr.len());
    // A colour is converted identically in each frame.
    let mut known = std::collections::BTreeMap::new();
    for ((_, before), (_, after)) in plain.iter().zip(&hdr) {
        for (before, after) in before.pixels().zip(after.pixels()) {
            assert_eq!(known.entry(before.0).or_insert(after.0), &after.0, "{before:?}");
        }
    }
    assert!(known.iter().any(|(before, after)| before != after));
}

#[test]
fn times_and_loops_are_kept() {
    for plays in [0, 1, 4] {
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, 8, 8, &[9, 9, 9, 200, 90, 9]).unwrap();
        match plays {
            0 => encoder.set_repeat(gif::Repeat::Infinite).unwrap(),
            1 => {}
            plays => encoder.set_repeat(gif::Repeat::Finite(plays - 1)).unwrap(),
        }
        for (colour, delay) in [(0, 0), (1, 1), (0, 2), (1, 700)] {
            let mut frame = gif::Frame::from_indexed_pixels(8, 8, vec![colour; 64], None);
            frame.delay = delay;
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        for format in ["gif", "webp", "png"] {
            let made = kept(&file, format, "");
            let delays: Vec<u32> = frames(&made).iter().map(|(delay, _)| *delay).collect();
            assert_eq!(delays, [0, 10, 20, 7000], "{format}");
            // And again from there.
            let body = kept(&made.body, "png", "").body;
            let at = body.windows(4).position(|bytes| bytes == b"acTL").unwrap();
            assert_eq!(body[at + 8..at + 12], u32::from(plays).to_be_bytes(), "{format}");
        }
    }
}

#[test]
fn a_target_is_reached_by_all_frames() {
    let file = include_bytes!("fixtures/noise.webp");
    let note = |made: &Rendition, name: &str| {
        made.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
    };
    let plain = kept(file, "webp", "");
    for part in [2, 4] {
        let most = plain.body.len() / part;
        let made = kept(file, "webp", &format!(r#", "quality": {{"bytes": {most}}}"#));
        assert!(made.body.len() <= most, "{} {most}", made.body.len());
        assert!(made.body.len() * 2 > most, "{} {most}", made.body.len());
        assert!(note(&made, "quality").is_some() && note(&made, "target").is_none());
        assert_eq!(frames(&made).len(), frames(&plain).len());
    }
    let missed = kept(file, "webp", r#", "quality": {"bytes": 100}"#);
    assert_eq!(note(&missed, "target").as_deref(), Some("missed"));
    let [low, high] =
        [40, 85].map(|score| kept(file, "webp", &format!(r#", "quality": {{"score": {score}}}"#)));
    assert!(low.body.len() < high.body.len());
    let quality = |made: &Rendition| note(made, "quality").unwrap().parse::<u32>().unwrap();
    assert!(quality(&low) < quality(&high));
    // A format without quality reports when it misses the score.
    let source = r#""width": 99, "animation": "keep", "quality": {"bytes": 100}"#;
    let gif = one(&animation(), source).unwrap();
    assert_eq!(
        (gif.media_type.as_str(), note(&gif, "target").as_deref()),
        ("image/gif", Some("missed"))
    );
}

#[test]
fn credit_and_profile_are_kept_with_all_frames() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let exif = b"II*\0\x08\0\0\0\x01\0\x3b\x01\x02\0\x04\0\0\0Ann\0\0\0\0\0";
    let mut file = kept(&animation(), "webp", r#", "lossless": true"#).body;
    let chunk = |name: &[u8], body: &[u8]| {
        let pad = vec![0; body.len() % 2];
        [name, &(body.len() as u32).to_le_bytes(), body, &pad].concat()
    };
    file.splice(30..30, chunk(b"ICCP", &p3));
    file[20] |= 0x28;
    file.extend(chunk(b"EXIF", exif));
    let length = (file.len() as u32 - 8).to_le_bytes();
    file[4..8].copy_from_slice(&length);
    let has = |body: &[u8], what: &[u8]| body.windows(what.len()).any(|bytes| bytes == what);
    for format in ["webp", "png"] {
        let plain = kept(&file, format, "");
        assert!(!has(&plain.body, b"Ann\0"));
        assert!(plain.attributes.contains(&("profile".into(), "converted".into())), "{format}");
        let made =
            kept(&file, format, r#", "metadata": "credit", "profile": "keep", "quality": 95"#);
        assert!(has(&made.body, b"Ann\0") && has(&made.body, b"Ann</rdf:li>"), "{format}");
        assert!(made.attributes.contains(&("profile".into(), "kept".into())), "{format}");
        let red = |made: &Rendition| frames(made)[1].1.get_pixel(8, 8).0[0];
        assert!(red(&plain) > 230 && red(&made) < 230, "{format} {} {}", red(&plain), red(&made));
        // The output can be read again.
        let again = kept(&made.body, "webp", r#", "profile": "keep""#);
        assert!(again.attributes.contains(&("profile".into(), "kept".into())), "{format}");
    }
}

#[test]
fn a_still_picture_takes_no_more_than_without_frames() {
    let picture = rgb_png(3000, 2000, &vec![[90; 3]; 6_000_000]);
    let webp = kept(&picture, "webp", r#", "lossless": true"#).body;
    let limits = Limits { max_memory: 100 << 20, ..DEFAULT_LIMITS };
    for (file, parameters) in [(&picture, "png"), (&webp, "webp")].map(|(file, format)| {
        (file, format!(r#"{{"renditions": [{{"name": "a", "width": 90, "format": "{format}", "animation": "ANIMATION"}}]}}"#))
    }) {
        for animation in ["first", "keep", "refuse"] {
            let parameters = parameters.replace("ANIMATION", animation);
            let made = run::<Resize>(file, &parameters, limits).unwrap();
            assert_eq!((made[0].width, made[0].height), (90, 60), "{animation}");
        }
    }
}

#[test]
fn damage_in_any_frame_is_reported() {
    for format in ["gif", "webp", "png"] {
        let whole = kept(&animation(), format, r#", "lossless": false"#).body;
        let cut = one(&whole[..whole.len() * 4 / 5], r#""width": 9, "animation": "keep""#);
        let right = matches!(cut, Err(Error::Malformed(_)));
        assert!(right, "{format}: {cut:?}");
        // Unless damaged pictures are accepted.
        let parameters = r#"{"damaged": "render",
            "renditions": [{"name": "one", "width": 9, "animation": "keep"}]}"#;
        let made = render(&whole[..whole.len() * 4 / 5], parameters).unwrap();
        assert!(made[0].attributes.contains(&("damaged".into(), "yes".into())), "{format}");
    }
}
