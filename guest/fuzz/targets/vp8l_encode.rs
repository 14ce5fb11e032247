//! Any pixels, written as VP8L: image-webp must read them unchanged, as pictures and as opacity.
#![no_main]

use std::io::Cursor;

use image_webp::WebPDecoder;
use libfuzzer_sys::fuzz_target;
use obscura_vp8l::{Image, encode, encode_opacity};

/// The most pixels.
const MOST: usize = 1 << 14;

/// The pixels that a `VP8L` chunk holds, as image-webp reads them.
fn read(body: &[u8]) -> (usize, Vec<u32>) {
    let padded = body.len().next_multiple_of(2);
    let mut file = b"RIFF".to_vec();
    file.extend((padded as u32 + 12).to_le_bytes());
    file.extend(b"WEBPVP8L");
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file.resize(20 + padded, 0);
    let mut decoder = WebPDecoder::new(Cursor::new(file)).expect("its header is read");
    let (width, height) = decoder.dimensions();
    let mut samples = vec![0; decoder.output_buffer_size().expect("it is small")];
    decoder.read_image(&mut samples).expect("it is read");
    let channels = samples.len() / (width * height) as usize;
    let pixel = |bytes: &[u8]| {
        let alpha = bytes.get(3).copied().unwrap_or(255);
        u32::from_be_bytes([alpha, bytes[0], bytes[1], bytes[2]])
    };
    (width as usize, samples.chunks_exact(channels).map(pixel).collect())
}

/// Pixels from bytes: as they are; opaque; of a few colours; or grey, each repeated.
fn pixels(kind: u8, bytes: &[u8]) -> Vec<u32> {
    let few = |byte: u8| {
        let at = usize::from(byte % (kind / 4 + 1)) * 4 % bytes.len().max(1);
        bytes.iter().cycle().skip(at).take(4).fold(0, |all, byte| all << 8 | u32::from(*byte))
    };
    match kind % 4 {
        0 => bytes.as_chunks().0.iter().copied().map(u32::from_be_bytes).collect(),
        1 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&[r, g, b]| u32::from_be_bytes([255, r, g, b]))
            .collect(),
        2 => bytes.iter().map(|byte| few(*byte)).collect(),
        _ => bytes.iter().map(|y| u32::from_be_bytes([255, *y, *y, *y])).collect(),
    }
}

fuzz_target!(|input: (u8, u8, u8, &[u8])| {
    let (width, kind, times, bytes) = input;
    let once = pixels(kind, bytes);
    let width = usize::from(width) + 1;
    let count = (once.len() * usize::from(times % 8 + 1)).min(MOST) / width * width;
    let pixels: Vec<u32> = once.into_iter().cycle().take(count).collect();
    let Some(image) = Image::new(width, pixels.clone()) else {
        assert!(pixels.is_empty() || count / width > Image::MAX_SIDE);
        return;
    };
    let (across, found) = read(&encode(image));
    assert_eq!(across, width);
    assert!(found == pixels, "pixel {:?}", found.iter().zip(&pixels).position(|(a, b)| a != b));

    // Opacity has the same format, in green, without the five-byte header.
    let green: Vec<u32> = pixels.iter().map(|pixel| 0xff00_0000 | (pixel & 0xff00)).collect();
    let image = Image::new(width, green.clone()).expect("as large as before");
    let sides = (width - 1) as u32 | ((count / width - 1) as u32) << 14;
    let body = [&[0x2f][..], &sides.to_le_bytes(), &encode_opacity(image)].concat();
    let found = read(&body).1;
    assert!(found.iter().zip(&green).all(|(a, b)| a & 0xff00 == b & 0xff00), "opacity");
});
