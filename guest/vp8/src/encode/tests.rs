use std::io::Cursor;

use super::segments::{SEGMENTS, Segments};
use super::*;

/// Encode a picture of a wavy surface and decode it again.
fn round_trip(width: usize, height: usize, quality: u8) -> (usize, f64) {
    let value = |x: usize, y: usize| {
        let wave = (x as f64 / 9.0).sin() * 50.0 + (y as f64 / 5.0).cos() * 40.0;
        (wave + ((x * 7 + y * 13) % 11) as f64 + 110.0) as u8
    };
    let y: Vec<u8> = (0..width * height).map(|i| value(i % width, i / width)).collect();
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let grey = vec![128; half_width * half_height];
    let plane = |samples, width, height| Source { samples, width, height };
    let half = plane(&grey, half_width, half_height);
    let frame = encode([plane(&y, width, height), half, half], quality).unwrap();

    let mut file = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
    file.extend_from_slice(&(frame.len() as u32).to_le_bytes());
    file.extend_from_slice(&frame);
    file.resize(file.len().next_multiple_of(2), 0);
    let size = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).unwrap();
    assert_eq!(decoder.dimensions(), (width as u32, height as u32));
    let mut rgb = vec![0; width * height * 3];
    decoder.read_image(&mut rgb).unwrap();
    let error: f64 = rgb
        .as_chunks::<3>()
        .0
        .iter()
        .zip(&y)
        .map(|(rgb, &y)| {
            let expected = ((f64::from(y) - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0);
            (f64::from(rgb[1]) - expected).powi(2)
        })
        .sum();
    (frame.len(), error / (width * height) as f64)
}

#[test]
fn a_decoder_sees_what_was_encoded() {
    for (width, height) in [(1, 1), (15, 17), (16, 16), (33, 8), (100, 75), (257, 131)] {
        let (_, error) = round_trip(width, height, 90);
        assert!(error < 12.0, "{width}×{height}: {error}");
    }
}

#[test]
fn quality_costs_bytes() {
    let mut before = (0, f64::MAX);
    for quality in [1, 30, 60, 80, 95, 100] {
        let now = round_trip(160, 120, quality);
        assert!(now.0 > before.0 && now.1 < before.1, "{quality}: {now:?} {before:?}");
        before = now;
    }
}

#[test]
fn smooth_blocks_are_finer_than_busy_ones() {
    let (width, height) = (128, 64);
    let mut x = 1_u32;
    let mut noise = || {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        x
    };
    let sample = |i: usize| match i % width {
        x if x < 64 => (60 + x / 2 + i / width / 2) as u8,
        _ => (40 + noise() % 160) as u8,
    };
    let luma: Vec<u8> = (0..width * height).map(sample).collect();
    let plane = Source { samples: &luma, width, height };
    let segments = Segments::new(&plane, 40);
    let left = segments.map.iter().enumerate().filter(|(i, _)| i % 8 < 4);
    let right = segments.map.iter().enumerate().filter(|(i, _)| i % 8 >= 4);
    let index = |(_, segment): (usize, &u8)| segments.indices[usize::from(*segment)];
    let (finest, coarsest) = (left.map(index).max().unwrap(), right.map(index).min().unwrap());
    assert!(finest < 40 && 40 < coarsest, "{finest} {coarsest}");
}

/// Noise.
fn noise(count: usize) -> Vec<u8> {
    let mut x = 1_u32;
    let mut next = || {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        (40 + x % 160) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn where_modes_have_no_room_blocks_are_not_divided() {
    let (width, height) = (96, 64);
    let luma = noise(width * height);
    let grey = vec![128; width * height / 4];
    let plane = |samples, width, height| Source { samples, width, height };
    let half = plane(&grey, width / 2, height / 2);
    let planes = [plane(&luma, width, height), half, half];
    let modes = |frame: &[u8]| u32::from_le_bytes([frame[0], frame[1], frame[2], 0]) as usize >> 5;
    let free = encode(planes, 80).unwrap();
    let small = encode_within(planes, 80, modes(&free) - 1).unwrap();
    assert!(modes(&small) < modes(&free), "{} {}", modes(&small), modes(&free));
    assert!(crate::decode::Decoder::new(&small).is_ok());
    assert_eq!(encode_within(planes, 80, 8), None);
}

#[test]
fn a_picture_that_is_alike_everywhere_has_no_segments() {
    let plane = Source { samples: &[77; 64 * 48], width: 64, height: 48 };
    assert_eq!(Segments::new(&plane, 30).indices, [30; SEGMENTS]);
}
