//! A TIFF that the library `tiff` also reads: both must decode the same pixels.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{ours, same};
use obscura_picture::Format;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

fn theirs(file: &[u8]) -> Option<(u32, u32, Vec<[u8; 4]>)> {
    let mut limits = Limits::default();
    (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (8 << 20, 8 << 20);
    let mut decoder = Decoder::new(Cursor::new(file)).ok()?.with_limits(limits);
    let (width, height) = decoder.dimensions().ok()?;
    let colour = decoder.colortype().ok()?;
    // It does not combine planes, reverse bits, or recognise opacity that is not declared.
    let number =
        |decoder: &mut Decoder<_>, tag| decoder.find_tag_unsigned::<u32>(tag).ok().flatten();
    if number(&mut decoder, Tag::PlanarConfiguration).unwrap_or(1) != 1
        || number(&mut decoder, Tag::FillOrder).unwrap_or(1) != 1
    {
        return None;
    }
    let DecodingResult::U8(samples) = decoder.read_image().ok()? else { return None };
    let pixels = match colour {
        ColorType::Gray(8) => samples.iter().map(|&y| [y, y, y, 255]).collect(),
        ColorType::RGB(8) => {
            samples.as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect()
        }
        _ => return None,
    };
    Some((width, height, pixels))
}

fn is_jpeg(file: &[u8]) -> bool {
    const JPEG: u32 = 7;
    let compression = Decoder::new(Cursor::new(file))
        .and_then(|mut decoder| decoder.find_tag_unsigned::<u32>(Tag::Compression));
    compression.is_ok_and(|compression| compression == Some(JPEG))
}

fuzz_target!(|file: &[u8]| {
    let Some(frame) = ours(Format::Tiff, file).filter(|frame| !frame.kind.has_alpha()) else {
        return;
    };
    // Coefficients outside the range of samples can be rounded and clamped in any way. Without
    // clamped samples, there are none.
    let clamped = |sample: &u8| matches!(sample, 0 | 255);
    if is_jpeg(file) && frame.rasters.iter().any(|raster| raster.samples.iter().any(clamped)) {
        return;
    }
    if let Some((width, height, pixels)) = theirs(file) {
        same(&frame, width, height, &pixels, 2);
    }
});
