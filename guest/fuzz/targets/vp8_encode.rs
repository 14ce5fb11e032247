//! Any planes, written as VP8: our decoder and image-webp must read the same, close to the input.
#![no_main]

use arbitrary::Arbitrary;
use image_webp::vp8::Vp8Decoder;
use libfuzzer_sys::fuzz_target;
use obscura_vp8::{Decoder, Source, encode};

#[derive(Arbitrary, Debug)]
struct Input {
    width: u8,
    height: u8,
    quality: u8,
    samples: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let (width, height) = (usize::from(input.width % 100) + 1, usize::from(input.height % 100) + 1);
    let half = (width.div_ceil(2), height.div_ceil(2));
    let samples = if input.samples.is_empty() { vec![128] } else { input.samples };
    let mut endless = samples.iter().copied().cycle();
    let planes = [(width, height), half, half]
        .map(|(width, height)| endless.by_ref().take(width * height).collect::<Vec<u8>>());
    let source = |index: usize, (width, height)| Source { samples: &planes[index], width, height };
    let quality = input.quality % 100 + 1;
    let frame = encode([source(0, (width, height)), source(1, half), source(2, half)], quality);
    let frame = frame.expect("so few blocks have room");

    let mut decoder = Decoder::new(&frame).expect("its header is read");
    assert_eq!(decoder.size(), (width, height));
    let mut read: [Vec<u8>; 3] = Default::default();
    while let Some(strip) = decoder.next_strip().expect("it is read") {
        for (plane, rows) in read.iter_mut().zip(strip.planes) {
            rows.iter().for_each(|row| plane.extend_from_slice(row));
        }
    }
    let theirs = Vp8Decoder::decode_frame(&frame[..]).expect("image-webp reads it");
    let stride = width.next_multiple_of(16);
    for (y, row) in read[0].chunks(width).enumerate() {
        assert_eq!(row, &theirs.ybuf[y * stride..][..width], "row {y}");
    }
    // A flat picture stays flat.
    for (plane, read) in planes.iter().zip(&read) {
        let (low, high) = (plane.iter().min().copied(), plane.iter().max().copied());
        if let (Some(low), Some(high)) = (low, high)
            && planes.iter().all(|plane| plane.windows(2).all(|two| two[0] == two[1]))
        {
            let far =
                |value: &u8| *value < low.saturating_sub(24) || *value > high.saturating_add(24);
            assert!(!read.iter().any(far), "{low} to {high}: {read:?}");
        }
    }
});
