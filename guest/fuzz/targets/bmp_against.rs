//! A BMP that the library `image` also reads: both must decode the same pixels.
#![no_main]

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{DynamicImage, ImageDecoder};
use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{ours, same};
use obscura_picture::Format;
use obscura_picture::frame::Kind;

/// Whether the pixels begin within the palette; the library ignores where they begin.
fn overlaps(file: &[u8]) -> bool {
    let number = |at: usize| {
        let bytes = file.get(at..).and_then(<[u8]>::first_chunk::<4>);
        u64::from(bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    };
    let bits = number(28) & 0xffff;
    let colours = if number(46) == 0 && bits <= 8 { 1 << bits } else { number(46) };
    number(10) < 14 + number(14) + 4 * colours
}

fuzz_target!(|file: &[u8]| {
    if overlaps(file) {
        return;
    }
    let Some(frame) = ours(Format::Bmp, file) else { return };
    let Ok(decoder) = BmpDecoder::new(Cursor::new(file)) else { return };
    if decoder.total_bytes() > 8 << 20 {
        return;
    }
    let Ok(theirs) = DynamicImage::from_decoder(decoder) else { return };
    let theirs = theirs.to_rgba8();
    let mut pixels = theirs.as_raw().as_chunks::<4>().0.to_vec();
    // Opacity that is 0 everywhere is ignored here.
    if frame.kind != Kind::Rgba {
        pixels.iter_mut().for_each(|pixel| pixel[3] = 255);
    } else if file.get(30) == Some(&0) {
        // Without masks of colours, a mask of opacity is honoured here alone.
        for (pixel, opacity) in pixels.iter_mut().zip(frame.plane(3)) {
            pixel[3] = *opacity;
        }
    }
    // Pixels that runs skip are black there, and of the first colour here.
    if matches!(file.get(30), Some(1 | 2)) {
        for (index, pixel) in pixels.iter_mut().enumerate().filter(|(_, it)| it[..3] == [0; 3]) {
            *pixel = [0, 1, 2, 3].map(|n| {
                frame.rasters.get(n).and_then(|it| it.samples.get(index)).copied().unwrap_or(255)
            });
        }
    }
    // There are several ways to expand five and six bits to eight.
    same(&frame, theirs.width(), theirs.height(), &pixels, 4);
});
