//! A VP8 frame: our decoder must produce exactly the samples of image-webp, unless a coefficient is
//! outside the range that samples produce.
#![no_main]

use image_webp::vp8::Vp8Decoder;
use libfuzzer_sys::fuzz_target;
use obscura_vp8::Decoder;
use obscura_vp8::fuzzing::large;

/// The most pixels.
const PIXELS: usize = 1 << 18;

fuzz_target!(|frame: &[u8]| {
    let Ok(mut decoder) = Decoder::new(frame) else { return };
    let (width, height) = decoder.size();
    if width * height > PIXELS {
        return;
    }
    let _ = large();
    let mut planes: [Vec<u8>; 3] = Default::default();
    loop {
        match decoder.next_strip() {
            Ok(Some(strip)) => {
                for (plane, rows) in planes.iter_mut().zip(strip.planes) {
                    rows.iter().for_each(|row| plane.extend_from_slice(row));
                }
            }
            Ok(None) => break,
            Err(_) => return,
        }
    }
    let large = large();
    let half = (width.div_ceil(2), height.div_ceil(2));
    assert_eq!(planes[0].len(), width * height);
    assert!(planes[1..].iter().all(|plane| plane.len() == half.0 * half.1));

    let mut unfiltered = Decoder::new(frame).expect("it was read before");
    unfiltered.set_unfiltered();
    while unfiltered.next_strip().expect("it was read before").is_some() {}

    let Ok(theirs) = Vp8Decoder::decode_frame(frame) else { return };
    assert_eq!((width, height), (usize::from(theirs.width), usize::from(theirs.height)));
    if large {
        return;
    }
    let stride = width.next_multiple_of(16);
    let all = [
        (&theirs.ybuf, width, stride),
        (&theirs.ubuf, half.0, stride / 2),
        (&theirs.vbuf, half.0, stride / 2),
    ];
    for (index, (ours, (theirs, width, stride))) in planes.iter().zip(all).enumerate() {
        for (y, (ours, theirs)) in ours.chunks(width).zip(theirs.chunks(stride)).enumerate() {
            assert_eq!(ours, &theirs[..width], "plane {index}, row {y}");
        }
    }
});
