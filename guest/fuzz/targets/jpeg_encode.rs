//! Any pixels, written as JPEG with any settings: our decoder and zune-jpeg must read them, with a
//! result close to the input.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use obscura_jpeg::{Decoder, Plane, Rows, Sampling, Settings, encode};
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

#[derive(Arbitrary, Debug)]
struct Input {
    width: u8,
    height: u8,
    sampling: u8,
    quality: u8,
    progressive: bool,
    optimize: bool,
    icc: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
    samples: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let (width, height) = (usize::from(input.width).max(1), usize::from(input.height).max(1));
    let sampling = [Sampling::Gray, Sampling::S444, Sampling::S422, Sampling::S420];
    let mut settings = Settings::new(width, height);
    settings.sampling = sampling[usize::from(input.sampling & 3)];
    settings.quality = input.quality % 100 + 1;
    settings.progressive = input.progressive;
    settings.optimize = input.optimize;
    settings.icc = input.icc;
    settings.segments =
        input.exif.iter().map(|exif| (1, [b"Exif\0\0", &exif[..]].concat())).collect();
    let samples = if input.samples.is_empty() { vec![128] } else { input.samples };
    let mut endless = samples.iter().copied().cycle();
    let planes: Vec<Plane> = (0..settings.sampling.planes())
        .map(|index| {
            let (width, height) = settings.sampling.plane_size(index, width, height);
            let data = endless.by_ref().take(width * height).collect();
            Plane { width, height, stride: width, data }
        })
        .collect();
    let rows: Vec<Rows<'_>> = planes.iter().map(Plane::rows).collect();
    let Ok(file) = encode(&rows, &settings) else {
        assert!(settings.segments.iter().any(|(_, payload)| payload.len() > 65_533));
        return;
    };

    let decoder = Decoder::new(&file[..]).expect("its header is read");
    let header = decoder.header().clone();
    if let Some(icc) = settings.icc.as_ref().filter(|icc| !icc.is_empty()) {
        assert_eq!(header.icc.as_ref(), Some(icc));
    }
    assert_eq!(header.progressive, settings.progressive);
    let read = decoder.decode().expect("it is read");
    assert_eq!((read.width, read.height), (width, height));
    for (plane, read) in planes.iter().zip(&read.planes) {
        assert_eq!((plane.width, plane.height), (read.width, read.height));
        if settings.quality == 100 {
            // Each coefficient is rounded to a whole number.
            let apart =
                |y: usize| plane.row(y).iter().zip(read.row(y)).all(|(a, b)| a.abs_diff(*b) <= 6);
            assert!((0..plane.height).all(apart), "{plane:?} {read:?}");
        }
    }

    let options = DecoderOptions::default().set_strict_mode(true);
    let mut theirs = JpegDecoder::new_with_options(ZCursor::new(&file[..]), options);
    theirs.decode().expect("zune-jpeg reads it");
    assert_eq!(theirs.info().map(|i| (i.width, i.height)), Some((width as u16, height as u16)));
});
