//! Pictures made by the tests.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic)]

pub mod samples;

use obscura_jpeg::{Plane, Rows, Sampling, Settings};
use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Rendition};
use resize::Resize;

/// Four quarters: red, green; blue, white. The orientation is visible.
pub fn quarters(width: u32, height: u32) -> Vec<[u8; 3]> {
    let pixel = |x: u32, y: u32| match (x * 2 < width, y * 2 < height) {
        (true, true) => [220, 30, 30],
        (false, true) => [30, 200, 30],
        (true, false) => [30, 30, 220],
        (false, false) => [240, 240, 240],
    };
    (0..height).flat_map(|y| (0..width).map(move |x| pixel(x, y))).collect()
}

pub fn jpeg(width: u32, height: u32, pixels: &[[u8; 3]]) -> Vec<u8> {
    let (w, h) = (width as usize, height as usize);
    let planes = obscura_jpeg::color::to_planes(pixels.as_flattened(), 3, w, h, Sampling::S444);
    let rows: Vec<Rows<'_>> = planes.iter().map(Plane::rows).collect();
    let mut settings = Settings::new(w, h);
    (settings.sampling, settings.quality) = (Sampling::S444, 95);
    obscura_jpeg::encode(&rows, &settings).unwrap()
}

/// Insert an APP1 segment with this orientation after the start of a JPEG.
pub fn with_orientation(jpeg: &[u8], value: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([value, 0, 0, 0, 0, 0, 0, 0]);
    let mut file = jpeg[..2].to_vec();
    file.extend([0xff, 0xe1, 0, (exif.len() + 2) as u8]);
    file.extend(exif);
    file.extend(&jpeg[2..]);
    file
}

pub fn png(
    width: u32,
    height: u32,
    colour: png::ColorType,
    depth: png::BitDepth,
    bytes: &[u8],
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(bytes).unwrap();
    writer.finish().unwrap();
    file
}

pub fn rgb_png(width: u32, height: u32, pixels: &[[u8; 3]]) -> Vec<u8> {
    png(width, height, png::ColorType::Rgb, png::BitDepth::Eight, pixels.as_flattened())
}

/// Insert a chunk after a PNG's header.
pub fn with_chunk(png: &[u8], name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [name, body].concat();
    let step = |crc: u32, byte: &u8| {
        let start = crc ^ u32::from(*byte);
        (0..8).fold(start, |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    };
    let crc = !named.iter().fold(u32::MAX, step);
    let length = (body.len() as u32).to_be_bytes();
    [&png[..33], &length, &named, &crc.to_be_bytes(), &png[33..]].concat()
}

/// Insert a colour profile into a PNG, without compression.
pub fn with_profile(png: &[u8], icc: &[u8]) -> Vec<u8> {
    let length = (icc.len() as u16).to_le_bytes();
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in icc {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    let mut body = b"icc\0\0\x78\x01\x01".to_vec();
    body.extend(length);
    body.extend(length.map(|byte| !byte));
    body.extend(icc);
    body.extend((b << 16 | a).to_be_bytes());
    with_chunk(png, b"iCCP", &body)
}

pub fn webp(width: u32, height: u32, pixels: &[[u8; 3]]) -> Vec<u8> {
    let mut file = Vec::new();
    image_webp::WebPEncoder::new(&mut file)
        .encode(pixels.as_flattened(), width, height, image_webp::ColorType::Rgb8)
        .unwrap();
    file
}

pub fn gif(width: u16, height: u16, palette: &[u8], indices: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, width, height, palette).unwrap();
    let frame = gif::Frame::from_indexed_pixels(width, height, indices.to_vec(), None);
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    file
}

pub fn render(picture: &[u8], parameters: &str) -> Result<Vec<Rendition>, Error> {
    run::<Resize>(picture, parameters, DEFAULT_LIMITS)
}

/// One rendition, from the inside of its JSON object.
pub fn one(picture: &[u8], fields: &str) -> Result<Rendition, Error> {
    let parameters = format!(r#"{{"renditions": [{{"name": "one", {fields}}}]}}"#);
    let mut renditions = render(picture, &parameters)?;
    assert_eq!(renditions.len(), 1);
    Ok(renditions.remove(0))
}

/// Pixels of a PNG, JPEG or WebP, as red, green, blue, opacity.
pub fn pixels(rendition: &Rendition) -> (u32, u32, Vec<[u8; 4]>) {
    let body = rendition.body.as_slice();
    match rendition.media_type.as_str() {
        "image/jpeg" => {
            let decoder = obscura_jpeg::Decoder::new(body).unwrap();
            let header = decoder.header().clone();
            let planes = decoder.decode().unwrap();
            let rgba = obscura_jpeg::color::to_rgb(&planes, &header, 4, true);
            (header.width, header.height, rgba.as_chunks::<4>().0.to_vec())
        }
        "image/png" => {
            let mut decoder = png::Decoder::new(std::io::Cursor::new(body));
            decoder.set_transformations(png::Transformations::ALPHA);
            let mut reader = decoder.read_info().unwrap();
            let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut buffer).unwrap();
            let pixels = match info.color_type {
                png::ColorType::GrayscaleAlpha => {
                    buffer.as_chunks::<2>().0.iter().map(|&[y, a]| [y, y, y, a]).collect()
                }
                _ => buffer.as_chunks::<4>().0.to_vec(),
            };
            (info.width, info.height, pixels)
        }
        "image/webp" => {
            let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(body)).unwrap();
            let (width, height) = decoder.dimensions();
            let mut buffer = vec![0; decoder.output_buffer_size().unwrap()];
            decoder.read_image(&mut buffer).unwrap();
            let pixels = if decoder.has_alpha() {
                buffer.as_chunks::<4>().0.to_vec()
            } else {
                buffer.as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect()
            };
            (width, height, pixels)
        }
        other => panic!("{other}"),
    }
}

/// Whether two colours are the same, except for lossy coding.
pub fn close(a: [u8; 4], b: [u8; 4], within: u8) -> bool {
    a.iter().zip(&b).all(|(a, b)| a.abs_diff(*b) <= within)
}
