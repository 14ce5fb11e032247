//! Any pixels, written in every format except AVIF: we and the library `image` must read them, with
//! the same pixels in lossless formats.
#![no_main]

use arbitrary::Arbitrary;
use image::ImageFormat;
use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::check;
use obscura_picture::encode::{Extras, Settings, encode};
use obscura_picture::resample::Chroma;
use obscura_picture::{Detail, Format, Picture, Pixels};
use obscura_sdk::testing::DEFAULT_LIMITS;

#[derive(Arbitrary, Debug)]
struct Input {
    width: u8,
    height: u8,
    alpha: bool,
    format: u8,
    quality: u8,
    lossless: bool,
    half: bool,
    progressive: bool,
    background: [u8; 3],
    exif: Option<Vec<u8>>,
    xmp: Option<String>,
    samples: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let (width, height) = (u32::from(input.width % 80) + 1, u32::from(input.height % 80) + 1);
    let channels = if input.alpha { 4 } else { 3 };
    let samples = if input.samples.is_empty() { vec![128] } else { input.samples };
    let samples = samples.into_iter().cycle().take((width * height) as usize * channels).collect();
    let make = if input.alpha { Pixels::rgba } else { Pixels::rgb };
    let frame = make(width, height, samples).expect("as many as there are pixels").to_frame();
    check(&frame);
    // Colours are premultiplied in a frame, so only the value after a round trip can be kept.
    let pixels = Pixels::of_frame(&frame);
    let format =
        [Format::Jpeg, Format::Png, Format::Webp, Format::Gif][usize::from(input.format & 3)];
    let settings = Settings {
        quality: input.quality % 100 + 1,
        lossless: input.lossless,
        chroma: if input.half { Chroma::Half } else { Chroma::Full },
        progressive: input.progressive,
        background: input.background,
        ..Settings::default()
    };
    let extras = Extras { icc: None, exif: input.exif.as_deref(), xmp: input.xmp.as_deref() };
    let Ok(written) = encode(frame, format, &settings, extras) else {
        // The limit of a JPEG segment.
        let long = extras.exif.map_or(0, <[u8]>::len).max(extras.xmp.map_or(0, str::len));
        assert!(format == Format::Jpeg && long > 65_000, "it is not written");
        return;
    };

    assert_eq!(Format::sniff(&written.body).ok(), Some(format));
    let read =
        Picture::decode(&written.body[..], Detail::Full, DEFAULT_LIMITS).expect("we read it");
    let stored = read.frame.size;
    assert_eq!(u64::from(width) * u64::from(height), stored.pixels());
    let theirs = match format {
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        _ => return,
    };
    let theirs = image::load_from_memory_with_format(&written.body, theirs)
        .expect("others read it")
        .to_rgba8();
    assert_eq!(theirs.dimensions(), (width, height));
    if format == Format::Png || format == Format::Webp && input.lossless {
        for (ours, theirs) in pixels.iter().zip(theirs.pixels()) {
            assert_eq!(ours[3], theirs.0[3]);
            assert!(ours[3] == 0 || ours == theirs.0, "{ours:?} {theirs:?}");
        }
    }
});
