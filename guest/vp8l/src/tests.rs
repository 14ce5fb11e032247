use std::io::Cursor;

use super::*;

/// A file as decoded by another decoder.
fn decoded(body: &[u8]) -> (usize, Vec<u32>) {
    let mut file = b"RIFF\0\0\0\0WEBPVP8L".to_vec();
    file.extend_from_slice(&(body.len() as u32).to_le_bytes());
    file.extend_from_slice(body);
    file.resize(file.len().next_multiple_of(2), 0);
    let size = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).unwrap();
    let (width, height) = decoder.dimensions();
    let mut bytes = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut bytes).unwrap();
    let pixel = |bytes: &[u8]| {
        let alpha = bytes.get(3).copied().unwrap_or(255);
        u32::from_be_bytes([alpha, bytes[0], bytes[1], bytes[2]])
    };
    let channels = bytes.len() / (width * height) as usize;
    (width as usize, bytes.chunks_exact(channels).map(pixel).collect())
}

fn check(name: &str, width: usize, pixels: Vec<u32>) -> usize {
    let body = encode(Image::new(width, pixels.clone()).unwrap());
    let (across, found) = decoded(&body);
    assert_eq!(across, width, "{name}");
    let wrong = found.iter().zip(&pixels).position(|(a, b)| a != b);
    assert!(found.len() == pixels.len() && wrong.is_none(), "{name}: pixel {wrong:?} is another");
    body.len()
}

/// Pseudo-random numbers.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

/// A surface with some noise, as in photographs.
fn photograph(width: usize, height: usize) -> Vec<u32> {
    let mut noise = Noise(7);
    let pixel = |i: usize| {
        let (x, y) = ((i % width) as f64, (i / width) as f64);
        let light = (x / 19.0).sin() * 60.0 + (y / 11.0).cos() * 50.0 + 128.0;
        let n = noise.next();
        let channel = |shift: u32, gain: f64| (light * gain) as u32 + (n >> shift & 7);
        0xff00_0000
            | channel(0, 1.0).min(255) << 16
            | channel(5, 0.9).min(255) << 8
            | channel(9, 0.7)
    };
    (0..width * height).map(pixel).collect()
}

#[test]
fn a_decoder_sees_what_was_encoded() {
    for (width, height) in
        [(1, 1), (1, 77), (77, 1), (2, 2), (16, 16), (33, 8), (100, 75), (300, 211)]
    {
        check(&format!("photograph of {width}×{height}"), width, photograph(width, height));
        check("transparent", width, vec![0; width * height]);
        check("white", width, vec![u32::MAX; width * height]);
        let mut noise = Noise(3);
        check("noise", width, (0..width * height).map(|_| noise.next()).collect());
        let slope = |i: usize| 0xff00_0000 | (((i % width) as u32 & 255) * 0x01_0101);
        check("slope", width, (0..width * height).map(slope).collect());
    }
}

#[test]
fn few_colours_are_indexed() {
    for colours in [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 1000] {
        for (width, height) in [(61, 43), (200, 150)] {
            let mut noise = Noise(5);
            let palette: Vec<u32> = (0..colours).map(|_| noise.next()).collect();
            let pixel = |_| palette[noise.next() as usize % colours];
            let size = check(
                &format!("{colours} colours"),
                width,
                (0..width * height).map(pixel).collect(),
            );
            if colours <= 16 {
                assert!(size < width * height / 2 + 200, "{colours}: {size}");
            }
        }
    }
}

#[test]
fn sides_may_be_as_long_as_the_format_has_them() {
    let most = Image::MAX_SIDE;
    check("wide", most, photograph(most, 3));
    check("high", 3, photograph(3, most));
    assert!(Image::new(16_384, vec![0; 16_384]).is_none());
    assert!(Image::new(1, vec![0; 16_384]).is_none());
    assert!(Image::new(0, Vec::new()).is_none());
    assert!(Image::new(3, vec![0; 10]).is_none());
}

/// Pictures with runs, repetitions, gradients, noise, few or many colours.
#[test]
fn random_pictures_come_back() {
    for seed in 1..=150 {
        let mut noise = Noise(0x9e37_79b1_u32.wrapping_mul(seed));
        let width = 1 + noise.next() as usize % 90;
        let height = 1 + noise.next() as usize % 90;
        let colours = 1 << (noise.next() % 12);
        let opaque = noise.next() & 1 << 24 == 0;
        let mut pixels: Vec<u32> = Vec::new();
        while pixels.len() < width * height {
            let count = 1 + noise.next() as usize % (4 * width);
            let colour = (noise.next() % colours).wrapping_mul(0x0307_0b1d);
            let colour = if opaque { colour | 0xff00_0000 } else { colour };
            match noise.next() % 4 {
                0 => pixels.extend((0..count).map(|_| colour)),
                1 => pixels.extend(
                    (0..count as u32).map(|i| colour.wrapping_add(i.wrapping_mul(0x01_0201))),
                ),
                2 if !pixels.is_empty() => {
                    let back = 1 + noise.next() as usize % pixels.len();
                    (0..count).for_each(|_| pixels.push(pixels[pixels.len() - back]));
                }
                _ => pixels.extend((0..count).map(|_| colour ^ noise.next() & 0x000f_0f0f)),
            }
        }
        pixels.truncate(width * height);
        check(&format!("seed {seed}"), width, pixels);
    }
}

#[test]
fn the_same_picture_makes_the_same_bytes() {
    let image = || Image::new(200, photograph(200, 100)).unwrap();
    assert_eq!(encode(image()), encode(image()));
}

/// Repetitions cost almost nothing.
#[test]
fn copies_are_found() {
    let mut noise = Noise(11);
    let once: Vec<u32> = (0..300 * 20).map(|_| noise.next() % 200 * 0x01_0000).collect();
    let pixels: Vec<u32> = once.iter().cycle().take(once.len() * 4).copied().collect();
    let (one, four) = (check("once", 300, once), check("four times", 300, pixels));
    assert!(four < one * 21 / 20, "{one} {four}");
}

#[test]
fn opacity_is_written_without_a_header() {
    let green = |i: usize| 0xff00_0000 | (i as u32 % 61 * 4) << 8;
    let pixels: Vec<u32> = (0..90 * 40).map(green).collect();
    let image = Image::new(90, pixels.clone()).unwrap();
    let whole = encode(image.clone());
    assert_eq!(encode_opacity(image), whole[5..]);
    assert_eq!(decoded(&whole), (90, pixels));
}
