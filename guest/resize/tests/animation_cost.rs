//! Small files with expensive animations are refused before a frame is decoded.
#![allow(clippy::unwrap_used, clippy::panic)]

use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Limits};
use resize::Resize;

/// A canvas of one pixel, and frames that exceed it: each of 1,000 × 1,000 invisible pixels, in a
/// few hundred bytes.
fn overhanging(frames: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 1, 1, &[0, 0, 0, 9, 9, 9]).unwrap();
    encoder.write_frame(&gif::Frame::from_indexed_pixels(1, 1, vec![0], None)).unwrap();
    let mut large = gif::Frame::from_indexed_pixels(1_000, 1_000, vec![1; 1_000_000], None);
    large.make_lzw_pre_encoded();
    for _ in 0..frames {
        encoder.write_lzw_pre_encoded_frame(&large).unwrap();
    }
    drop(encoder);
    file
}

#[test]
fn frames_that_are_larger_than_the_canvas_count_as_what_they_are() {
    let parameters =
        r#"{"renditions": [{"name": "a", "width": 9, "format": "gif", "animation": "keep"}]}"#;
    // Their canvases alone would be 1,000 pixels.
    let outcome = run::<Resize>(&overhanging(999), parameters, DEFAULT_LIMITS);
    match outcome {
        Err(Error::LimitExceeded(message)) => assert!(message.contains("together"), "{message}"),
        other => panic!("{other:?}"),
    }
    let limits = Limits { max_pixels: 4_000_000, ..DEFAULT_LIMITS };
    assert!(run::<Resize>(&overhanging(3), parameters, limits).is_ok());
    assert!(run::<Resize>(&overhanging(4), parameters, limits).is_err());
}

/// Many frames on a big canvas, in a small file.
#[test]
fn small_files_of_many_large_frames_are_refused_in_every_format() {
    let parameters =
        r#"{"renditions": [{"name": "a", "width": 9, "format": "gif", "animation": "keep"}]}"#;
    // Each is within the limits except for its frames, none of which can be decoded: this shows
    // that it was not tried.
    let mut png = {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 4_000, 4_000);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_animated(900, 0).unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; 16_000_000]).unwrap();
        drop(writer);
        let end = file.windows(4).rposition(|name| name == b"IEND");
        file.truncate(end.map_or(file.len(), |end| end - 4));
        file
    };
    let chunk = |name: &[u8; 4], body: &[u8]| {
        let length = (body.len() as u32).to_be_bytes();
        [&length[..], name, body, &[0; 4]].concat()
    };
    let mut sequence = 0_u32;
    let mut next = || {
        sequence += 1;
        sequence.to_be_bytes()
    };
    for _ in 1..900 {
        let side = 4_000_u32.to_be_bytes();
        let place = [&side[..], &side, &[0; 8], &[0, 1, 0, 10, 0, 0]].concat();
        png.extend(chunk(b"fcTL", &[&next()[..], &place].concat()));
        png.extend(chunk(b"fdAT", &[&next()[..], b"nothing"].concat()));
    }
    png.extend(chunk(b"IEND", b""));

    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    let part = |name: &[u8; 4], body: &[u8]| {
        [&name[..], &(body.len() as u32).to_le_bytes(), body, &[0][..body.len() % 2]].concat()
    };
    let sides = [three(3_999), three(3_999)].concat();
    let image = part(b"VP8L", b"/nothing");
    let frame = [vec![0; 6], sides.clone(), three(10), vec![0], image].concat();
    let parts = [
        part(b"VP8X", &[&[2, 0, 0, 0][..], &sides].concat()),
        part(b"ANIM", &[0; 6]),
        part(b"ANMF", &frame).repeat(900),
    ]
    .concat();
    let webp = part(b"RIFF", &[&b"WEBP"[..], &parts].concat());

    for (name, file) in [("png", png), ("webp", webp)] {
        assert!(file.len() < 100_000, "{name}: {}", file.len());
        match run::<Resize>(&file, parameters, DEFAULT_LIMITS) {
            Err(Error::LimitExceeded(message)) => {
                assert!(message.contains("900 frames"), "{name}: {message}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
