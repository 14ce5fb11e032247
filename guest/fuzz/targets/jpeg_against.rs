//! A JPEG that zune-jpeg also reads: both must decode the same size, and nearly the same luma.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_jpeg::{ColorModel, Decoder, Plane};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// The tolerance between decoders, which round differently in the inverse transform.
const FAR: u8 = 3;

/// Whether a third decoder reads a block as we do. zune-jpeg is wrong in some blocks after
/// coefficients that are out of range.
fn confirmed(file: &[u8], luma: &Plane, (left, top): (usize, usize)) -> bool {
    let mut third = jpeg_decoder::Decoder::new(file);
    third.set_color_transform(jpeg_decoder::ColorTransform::None);
    let Ok(samples) = third.decode() else { return false };
    let step = samples.len() / (luma.width * luma.height);
    (0..64).all(|i| {
        let (x, y) = (left + i % 8, top + i / 8);
        luma.row(y)[x].abs_diff(samples[(y * luma.width + x) * step]) <= FAR
    })
}

fuzz_target!(|file: &[u8]| {
    let Ok(mut ours) = Decoder::new(file) else { return };
    ours.set_limits(1 << 18, 1 << 23);
    let header = ours.header().clone();
    if !matches!(header.color, ColorModel::Gray | ColorModel::YCbCr) {
        return;
    }
    let Ok(planes) = ours.decode() else { return };
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(
        if header.components.len() == 1 { ColorSpace::Luma } else { ColorSpace::YCbCr },
    );
    let mut theirs = JpegDecoder::new_with_options(ZCursor::new(file), options);
    let Ok(samples) = theirs.decode() else { return };
    let info = theirs.info().expect("it was decoded");
    assert_eq!(
        (planes.width, planes.height),
        (usize::from(info.width), usize::from(info.height)),
        "sizes"
    );
    // Baseline files with one scan only. In others, zune-jpeg leaves rows grey, and the result is
    // undefined where a scan of a progressive file runs past the end of a block.
    if header.progressive || file.windows(2).filter(|two| *two == [0xff, 0xda]).count() > 1 {
        return;
    }
    let luma = &planes.planes[0];
    if (luma.width, luma.height) != (planes.width, planes.height) {
        return;
    }
    let step = header.components.len();
    for (top, left) in
        (0..luma.height / 8).flat_map(|y| (0..luma.width / 8).map(move |x| (y * 8, x * 8)))
    {
        let at = |x: usize, y: usize| {
            (luma.row(top + y)[left + x], samples[((top + y) * luma.width + left + x) * step])
        };
        let block: Vec<(u8, u8)> = (0..64).map(|i| at(i % 8, i / 8)).collect();
        // Coefficients outside the range of samples can be rounded and clamped in any way. Without
        // clamped samples, there are none.
        if block.iter().all(|(ours, _)| (1..=254).contains(ours)) {
            let far = block.iter().any(|(ours, theirs)| ours.abs_diff(*theirs) > FAR);
            assert!(!far || confirmed(file, luma, (left, top)), "at {left}, {top}: {block:?}");
        }
    }
});
