//! PNG: the smallest of the possible representations.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;

use obscura_sdk::Error;
use png::text_metadata::ITXtChunk;
use png::{
    BitDepth, ColorType, Compression, Encoder, EncodingError, Filter, Info, Writer,
    chunk::ChunkType,
};

use super::settings::Extras;
use crate::colour::pixels;
use crate::frame::{Frame, Kind};
use crate::geometry::Size;
use crate::precise::Deep;

/// The pixels of a frame in one of PNG's representations.
pub(super) struct Layout {
    pub(super) colour: ColorType,
    pub(super) depth: BitDepth,
    pub(super) samples: Vec<u8>,
    /// The RGBA palette.
    palette: Vec<[u8; 4]>,
}

/// How a file is filtered and compressed.
pub(super) type Way = (Compression, Filter);

/// For 16 bits and for frames of an animation, which are encoded only once.
pub(super) fn way(effort: u32) -> Way {
    match effort {
        0 => (Compression::Fastest, Filter::Up),
        1 => (Compression::Fast, Filter::Adaptive),
        2 => (Compression::Balanced, Filter::Adaptive),
        _ => (Compression::High, Filter::Adaptive),
    }
}

/// The variants to try for a still picture.
fn ways(effort: u32, indexed: bool) -> Vec<Way> {
    let (compression, usual) = way(effort);
    let filters: &[Filter] = match (effort, indexed) {
        // Adjacent indices are not similar colours.
        (0..4, true) => &[Filter::NoFilter],
        (0..4, false) => &[usual],
        (4, true) => &[Filter::NoFilter, Filter::MinEntropy],
        (4, false) => &[Filter::Adaptive, Filter::MinEntropy],
        _ => &[
            Filter::NoFilter,
            Filter::Sub,
            Filter::Up,
            Filter::Avg,
            Filter::Paeth,
            Filter::Adaptive,
            Filter::MinEntropy,
        ],
    };
    filters.iter().map(|filter| (compression, *filter)).collect()
}

/// The smallest file of the variants for this effort.
pub(super) fn encode(frame: &Frame, effort: u32, extras: Extras<'_>) -> Result<Vec<u8>, Error> {
    // A profile is either of grey or of colour, which a palette has, too.
    let plain = if extras.icc.is_some() { Layout::of(frame) } else { Layout::plain(frame) };
    let of_grey = extras.icc.is_some() && plain.colour == ColorType::Grayscale;
    let indexed = if of_grey { None } else { plain.indexed(frame.size) };
    let mut best: Option<Vec<u8>> = None;
    for layout in std::iter::once(&plain).chain(&indexed) {
        for way in ways(effort, layout.colour == ColorType::Indexed) {
            let file = write(frame.size, layout, way, extras)?;
            if best.as_ref().is_none_or(|best| file.len() < best.len()) {
                best = Some(file);
            }
        }
    }
    best.ok_or_else(|| Error::Internal("there is no way to write PNG".into()))
}

/// Write a picture of 16 bits, as PNG. `effort` is that of [`Settings`](super::Settings).
///
/// # Errors
/// [`Error::Internal`], from the encoder.
pub fn encode_deep(deep: &Deep, effort: u32, extras: Extras<'_>) -> Result<Vec<u8>, Error> {
    let layout = Layout {
        colour: colour_of(deep.kind),
        depth: BitDepth::Sixteen,
        samples: deep.samples.iter().flat_map(|sample| sample.to_be_bytes()).collect(),
        palette: Vec::new(),
    };
    write(deep.size, &layout, way(effort), extras)
}

fn colour_of(kind: Kind) -> ColorType {
    match kind {
        Kind::Luma => ColorType::Grayscale,
        Kind::Rgb | Kind::Ycc => ColorType::Rgb,
        Kind::Rgba => ColorType::Rgba,
    }
}

impl Layout {
    /// As in the frame.
    fn of(frame: &Frame) -> Self {
        let (colour, samples) = (colour_of(frame.kind), pixels(frame));
        Self { colour, depth: BitDepth::Eight, samples, palette: Vec::new() }
    }

    /// As in the frame, or grey if there is no colour.
    pub(super) fn plain(frame: &Frame) -> Self {
        let Self { mut colour, mut samples, .. } = Self::of(frame);
        let gray = |pixel: &[u8]| matches!(*pixel, [r, g, b, ..] if r == g && g == b);
        match colour {
            ColorType::Rgb if samples.chunks_exact(3).all(gray) => {
                colour = ColorType::Grayscale;
                samples = samples.into_iter().step_by(3).collect();
            }
            ColorType::Rgba if samples.chunks_exact(4).all(gray) => {
                colour = ColorType::GrayscaleAlpha;
                let pairs = samples.as_chunks::<4>().0.iter();
                samples = pairs.flat_map(|&[y, _, _, alpha]| [y, alpha]).collect();
            }
            _ => {}
        }
        Self { colour, depth: BitDepth::Eight, samples, palette: Vec::new() }
    }

    /// With a palette and as few bits as possible. None if there are too many colours.
    fn indexed(&self, size: Size) -> Option<Self> {
        let channels = self.colour.samples();
        let mut found: HashMap<[u8; 4], u8> = HashMap::new();
        let mut palette: Vec<[u8; 4]> = Vec::new();
        let mut indices = Vec::with_capacity(self.samples.len() / channels);
        let mut last = None;
        for pixel in self.samples.chunks_exact(channels) {
            let pixel = match *pixel {
                [y] => [y, y, y, 255],
                [y, alpha] => [y, y, y, alpha],
                [r, g, b] => [r, g, b, 255],
                [r, g, b, alpha] => [r, g, b, alpha],
                _ => return None,
            };
            if let Some((known, index)) = last
                && known == pixel
            {
                indices.push(index);
                continue;
            }
            let index = match found.get(&pixel) {
                Some(&index) => index,
                None => {
                    let index = u8::try_from(palette.len()).ok()?;
                    palette.push(pixel);
                    found.insert(pixel, index);
                    index
                }
            };
            last = Some((pixel, index));
            indices.push(index);
        }
        // Transparent colours come first: only they need an alpha entry.
        let mut order: Vec<usize> = (0..palette.len()).collect();
        order.sort_by_key(|&index| palette.get(index).map(|&[r, g, b, alpha]| (alpha, r, g, b)));
        let mut places = [0_u8; 256];
        for (place, &index) in order.iter().enumerate() {
            if let Some(slot) = places.get_mut(index) {
                *slot = place as u8;
            }
        }
        let (depth, bits) = match palette.len() {
            0..=2 => (BitDepth::One, 1),
            3..=4 => (BitDepth::Two, 2),
            5..=16 => (BitDepth::Four, 4),
            _ => (BitDepth::Eight, 8),
        };
        let place = |index: &u8| places.get(usize::from(*index)).copied().unwrap_or(0);
        let mut samples = Vec::new();
        for row in indices.chunks_exact((size.width as usize).max(1)) {
            samples.extend(row.chunks(8 / bits).map(|group| {
                let packed =
                    group.iter().fold(0_u32, |all, index| all << bits | u32::from(place(index)));
                (packed << (bits * (8 / bits - group.len()))) as u8
            }));
        }
        let palette = order.iter().filter_map(|&index| palette.get(index).copied()).collect();
        Some(Self { colour: ColorType::Indexed, depth, samples, palette })
    }
}

/// The header fields of the pixels.
pub(super) fn info(size: Size, layout: &Layout, icc: Option<&[u8]>) -> Info<'static> {
    let mut info = Info::with_size(size.width, size.height);
    (info.color_type, info.bit_depth) = (layout.colour, layout.depth);
    if !layout.palette.is_empty() {
        let colours = layout.palette.iter().flat_map(|&[r, g, b, _]| [r, g, b]);
        info.palette = Some(Cow::Owned(colours.collect()));
        let opacities = layout.palette.iter().map(|&[.., alpha]| alpha);
        let opacities: Vec<u8> = opacities.take_while(|&alpha| alpha < 255).collect();
        info.trns = (!opacities.is_empty()).then_some(Cow::Owned(opacities));
    }
    info.icc_profile = icc.map(|icc| Cow::Owned(icc.to_vec()));
    info
}

/// Metadata, which come before the pixels.
pub(super) fn attach<W: Write>(
    writer: &mut Writer<W>,
    extras: Extras<'_>,
) -> Result<(), EncodingError> {
    if let Some(exif) = extras.exif {
        writer.write_chunk(ChunkType(*b"eXIf"), exif)?;
    }
    if let Some(xmp) = extras.xmp {
        writer.write_text_chunk(&ITXtChunk::new("XML:com.adobe.xmp", xmp))?;
    }
    Ok(())
}

fn write(
    size: Size,
    layout: &Layout,
    (compression, filter): Way,
    extras: Extras<'_>,
) -> Result<Vec<u8>, Error> {
    let mut file = Vec::with_capacity(layout.samples.len() / 2);
    let written =
        Encoder::with_info(&mut file, info(size, layout, extras.icc)).and_then(|mut encoder| {
            encoder.set_compression(compression);
            encoder.set_filter(filter);
            let mut writer = encoder.write_header()?;
            attach(&mut writer, extras)?;
            writer.write_image_data(&layout.samples)?;
            writer.finish()
        });
    written.map_err(|error| Error::Internal(format!("writing PNG: {error}")))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::frame::Raster;

    /// Smooth shapes, for which no filter is best in all rows.
    fn frame() -> Frame {
        let size = Size::new(96, 80);
        let shape = |x: u32, y: u32| ((x * x + 3 * y * y) / 40 % 256) as u8;
        let plane = |value: &dyn Fn(u32, u32) -> u8| {
            let samples = (0..96 * 80).map(|i| value(i % 96, i / 96)).collect();
            Raster::new(size, samples)
        };
        let planes = vec![
            plane(&shape),
            plane(&|x, y| shape(x, y) / 2),
            plane(&|x, y| if y < 40 { 255 - shape(x, y) } else { ((x * 7) ^ (y * 13)) as u8 & 15 }),
        ];
        Frame::new(Kind::Rgb, planes)
    }

    #[test]
    fn more_effort_makes_smaller_files_of_the_same_pixels() {
        let frame = frame();
        let mut before = usize::MAX;
        for effort in 0..=5 {
            let file = encode(&frame, effort, Extras::default()).unwrap();
            assert!(file.len() <= before, "{effort}: {} of {before}", file.len());
            before = file.len();
            let decoded = image::load_from_memory(&file).unwrap().into_rgb8();
            assert_eq!(decoded.into_raw(), pixels(&frame), "{effort}");
        }
        let usual = encode(&frame, 2, Extras::default()).unwrap().len();
        assert!(before < usual, "{before} of {usual}");
    }
}
