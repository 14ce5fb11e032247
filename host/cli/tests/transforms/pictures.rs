//! Photographs, and deceptive files.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::guests::workspace;

/// A file, and its media type.
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) file: Vec<u8>,
    /// Its upright size in pixels.
    pub(crate) size: (u32, u32),
}

/// The example photographs, and one picture of each other format.
pub(crate) fn good() -> Vec<Picture> {
    let photo = |name: &str, size| {
        let file = std::fs::read(workspace().join("examples/photos").join(name)).unwrap();
        let media_type = if name.ends_with("png") { "image/png" } else { "image/jpeg" };
        Picture { name: name.to_owned(), media_type, file, size }
    };
    let pixels = RgbImage::from_fn(90, 60, |x, y| Rgb([(x * 2) as u8, (y * 4) as u8, 99]));
    let made = |name: &str, media_type, file| Picture {
        name: name.to_owned(),
        media_type,
        file,
        size: (90, 60),
    };
    vec![
        photo("astronaut.jpg", (512, 512)),
        photo("chelsea.png", (451, 300)),
        photo("coffee-turned.jpg", (600, 400)),
        photo("rocket.jpg", (640, 427)),
        made("made.webp", "image/webp", written(pixels, ImageFormat::WebP)),
        made("made.gif", "image/gif", animation(3)),
    ]
}

fn written(pixels: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    pixels.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn animation(frames: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for frame in 0..frames {
        let shade = 40 * frame;
        let pixels = RgbaImage::from_pixel(90, 60, Rgba([shade, 255 - shade, 7, 255]));
        encoder.encode_frame(Frame::new(pixels)).unwrap();
    }
    drop(encoder);
    file
}

/// Pictures of billions of pixels, in a few bytes.
pub(crate) fn bombs() -> Vec<Picture> {
    let size = (60_000, 60_000);
    let [w, h] = [size.0, size.1].map(u32::to_be_bytes);
    let mut header = [w, h].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    // A valid stream of no pixels at all.
    for (name, body) in
        [(b"IHDR", header), (b"IDAT", vec![0x78, 0x9c, 3, 0, 0, 0, 0, 1]), (b"IEND", vec![])]
    {
        png.extend((body.len() as u32).to_be_bytes());
        let chunk = [name.as_slice(), &body].concat();
        png.extend(&chunk);
        png.extend(crc32(&chunk).to_be_bytes());
    }
    // A photograph with a changed size in its frame header.
    let mut jpeg = good().swap_remove(3).file;
    let frame = jpeg.windows(2).position(|pair| matches!(pair, [0xff, 0xc0..=0xc2])).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[60_000u16.to_be_bytes(); 2].concat());
    let bomb =
        |name: &str, media_type, file| Picture { name: name.to_owned(), media_type, file, size };
    vec![bomb("bomb.png", "image/png", png), bomb("bomb.jpg", "image/jpeg", jpeg)]
}

/// CRC-32, as in PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 }
        })
    })
}
