//! An animation that the library `image` also reads: both must show the same frames.
#![no_main]

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frames, ImageDecoder, Limits};
use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{LIMITS, same};
use obscura_picture::Format;
use obscura_picture::animation::Animation;
use obscura_picture::geometry::Size;

/// The frames on their canvas.
fn theirs(format: Format, file: &[u8]) -> Option<Frames<'_>> {
    let file = Cursor::new(file);
    let mut limits = Limits::default();
    limits.max_alloc = Some(32 << 20);
    Some(match format {
        Format::Gif => {
            let mut decoder = GifDecoder::new(file).ok()?;
            decoder.set_limits(limits).ok()?;
            decoder.into_frames()
        }
        Format::Png => {
            let decoder = PngDecoder::with_limits(file, limits).ok()?;
            decoder.apng().ok()?.into_frames()
        }
        Format::Webp => {
            let mut decoder = WebPDecoder::new(file).ok()?;
            decoder.set_limits(limits).ok()?;
            decoder.into_frames()
        }
        _ => return None,
    })
}

/// Whether a GIF has all colours that it uses. Others are opaque here, and transparent there.
fn has_its_colours(file: &[u8]) -> bool {
    let Ok(mut decoder) = gif::DecodeOptions::new().read_info(file) else { return false };
    let global = decoder.global_palette().map_or(0, <[u8]>::len) / 3;
    while let Ok(Some(frame)) = decoder.read_next_frame() {
        let colours = frame.palette.as_ref().map_or(global, |palette| palette.len() / 3);
        let used = frame.buffer.iter().max().copied().unwrap_or(0);
        if usize::from(used) >= colours {
            return false;
        }
    }
    true
}

fuzz_target!(|file: &[u8]| {
    let Ok(format) = Format::sniff(file) else { return };
    let Ok(Some(animation)) = Animation::open(format, file, LIMITS, false) else { return };
    if animation.check().is_err() {
        return;
    }
    // Chroma is enlarged with another filter; `vp8` compares its samples.
    if format == Format::Webp && file.windows(4).any(|name| name == b"VP8 ") {
        return;
    }
    if format == Format::Gif && !has_its_colours(file) {
        return;
    }
    let Some(theirs) = theirs(format, file) else { return };
    for (ours, theirs) in animation.frames().zip(theirs) {
        let (Ok((ours, ..)), Ok(theirs)) = (ours, theirs) else { return };
        let theirs = theirs.buffer();
        // A GIF's first frame is never clipped here.
        let size = Size::new(theirs.width(), theirs.height());
        if format == Format::Gif && animation.size != size {
            return;
        }
        let mut pixels: Vec<_> = theirs.pixels().map(|pixel| pixel.0).collect();
        // Without a flag, a WebP is opaque there. Here, its canvas is transparent until it is drawn.
        if format == Format::Webp && !file.get(20).is_some_and(|flags| flags & 0x10 != 0) {
            for (pixel, opacity) in pixels.iter_mut().zip(ours.plane(3)) {
                pixel[3] = *opacity;
            }
        }
        // 16 bits are rounded to 8 here, and blending rounds.
        same(&ours, theirs.width(), theirs.height(), &pixels, 2);
    }
});
