//! A PNG that the library `png` also reads: both must decode the same pixels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{ours, same};
use obscura_picture::Format;
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

fn theirs(file: &[u8]) -> Option<(u32, u32, Vec<[u8; 4]>)> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: 8 << 20 });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let mut samples = vec![0; reader.output_buffer_size().filter(|bytes| *bytes < 8 << 20)?];
    let info = reader.next_frame(&mut samples).ok()?;
    assert_eq!(info.bit_depth, BitDepth::Eight);
    samples.truncate(info.buffer_size());
    let pixels = match info.color_type {
        ColorType::Grayscale => samples.iter().map(|&y| [y, y, y, 255]).collect(),
        ColorType::GrayscaleAlpha => {
            samples.as_chunks::<2>().0.iter().map(|&[y, a]| [y, y, y, a]).collect()
        }
        ColorType::Rgb => {
            samples.as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect()
        }
        ColorType::Rgba => samples.as_chunks::<4>().0.to_vec(),
        ColorType::Indexed => return None,
    };
    Some((info.width, info.height, pixels))
}

fuzz_target!(|file: &[u8]| {
    let Some(frame) = ours(Format::Png, file) else { return };
    // 16 bits are rounded to 8 here, and truncated there.
    if let Some((width, height, pixels)) = theirs(file) {
        same(&frame, width, height, &pixels, 1);
    }
});
