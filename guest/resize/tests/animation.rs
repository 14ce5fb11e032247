//! What becomes of pictures that move.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Cursor;

use image::AnimationDecoder;
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Limits};
use resize::Resize;
use support::*;

/// A canvas of 40×30: grey, then a red square that is put back, then a blue one.
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
fn the_first_frame_is_what_comes_unless_more_is_asked_for() {
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
        // Its first frame alone is within them.
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
    for format in ["gif", "webp"] {
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
