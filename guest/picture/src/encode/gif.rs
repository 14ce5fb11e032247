//! GIF: up to 256 colours, with an optimised palette and dithering.

use color_quant::NeuQuant;
use gif::{Encoder, EncodingError, Frame as Stored};
use obscura_sdk::Error;

use crate::colour::pixels;
use crate::frame::{Frame, Kind};
use crate::geometry::Size;

/// The sampling factor of pixels when the palette is chosen.
const SAMPLE: i32 = 4;

/// Pixels with less alpha become transparent: GIF has only binary transparency.
pub(super) const OPAQUE: u8 = 128;

pub(super) fn encode(frame: &Frame) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    let size = frame.size;
    let written = Encoder::new(&mut file, size.width as u16, size.height as u16, &[])
        .and_then(|mut encoder| encoder.write_frame(&stored(&rgba(frame), size, false)));
    written.map_err(|error| fault(&error))?;
    Ok(file)
}

pub(super) fn fault(error: &EncodingError) -> Error {
    Error::Internal(format!("writing GIF: {error}"))
}

/// The RGBA pixels of a frame.
pub(super) fn rgba(frame: &Frame) -> Vec<u8> {
    let samples = pixels(frame);
    match frame.kind {
        Kind::Luma => samples.iter().flat_map(|&y| [y, y, y, 255]).collect(),
        Kind::Rgb | Kind::Ycc => {
            samples.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect()
        }
        Kind::Rgba => samples,
    }
}

/// A GIF frame with its own palette. With `clears`, it is disposed of: then readers other than
/// browsers leave transparent pixels if it has a transparent colour, and the background colour
/// otherwise.
pub(super) fn stored(rgba: &[u8], size: Size, clears: bool) -> Stored<'static> {
    let pixels = rgba.as_chunks::<4>().0;
    let transparent = clears || pixels.iter().any(|pixel| pixel[3] < OPAQUE);
    let (palette, indices, hole) = match few(pixels) {
        Some(found) if found.2.is_some() || !transparent => found,
        Some((mut palette, indices, _)) if palette.len() < 256 * 3 => {
            let hole = (palette.len() / 3) as u8;
            palette.extend([0; 3]);
            (palette, indices, Some(hole))
        }
        Some(_) => chosen(pixels, size, transparent),
        None => chosen(pixels, size, transparent),
    };
    Stored {
        width: size.width as u16,
        height: size.height as u16,
        palette: Some(palette),
        transparent: hole,
        buffer: indices.into(),
        ..Stored::default()
    }
}

/// The palette, the index of each pixel, and the transparent index.
type Indexed = (Vec<u8>, Vec<u8>, Option<u8>);

/// The exact colours, if there are at most 256.
fn few(pixels: &[[u8; 4]]) -> Option<Indexed> {
    let mut found = std::collections::HashMap::new();
    let mut palette = Vec::new();
    let mut hole = None;
    let mut indices = Vec::with_capacity(pixels.len());
    for &[r, g, b, alpha] in pixels {
        let colour = if alpha < OPAQUE { None } else { Some([r, g, b]) };
        let index = match found.get(&colour) {
            Some(&index) => index,
            None => {
                let index = u8::try_from(palette.len() / 3).ok()?;
                palette.extend(colour.unwrap_or_default());
                found.insert(colour, index);
                if colour.is_none() {
                    hole = Some(index);
                }
                index
            }
        };
        indices.push(index);
    }
    Some((palette, indices, hole))
}

/// An optimised palette, with Floyd–Steinberg dithering.
fn chosen(pixels: &[[u8; 4]], size: Size, transparent: bool) -> Indexed {
    let opaque: Vec<u8> = pixels
        .iter()
        .filter(|pixel| pixel[3] >= OPAQUE)
        .flat_map(|&[r, g, b, _]| [r, g, b, 255])
        .collect();
    let sample = if opaque.len() / 4 < 20_000 { 1 } else { SAMPLE };
    let colours = NeuQuant::new(sample, if transparent { 255 } else { 256 }, &opaque);
    let mut palette = colours.color_map_rgb();
    let hole = transparent.then(|| {
        palette.truncate(255 * 3);
        palette.extend([0; 3]);
        255
    });
    let width = size.width as usize;
    // The accumulated errors of this row and the next one, with a margin of a pixel on both sides.
    let mut lacks = [vec![[0_i32; 3]; width + 2], vec![[0_i32; 3]; width + 2]];
    let mut indices = Vec::with_capacity(pixels.len());
    for row in pixels.chunks_exact(width.max(1)) {
        let [now, next] = &mut lacks;
        for (x, &[r, g, b, alpha]) in row.iter().enumerate() {
            if let (Some(hole), true) = (hole, alpha < OPAQUE) {
                indices.push(hole);
                continue;
            }
            // In sixteenths.
            let lack = now.get(x + 1).copied().unwrap_or_default();
            let mut wanted = [r, g, b].map(i32::from);
            for (wanted, lack) in wanted.iter_mut().zip(lack) {
                *wanted = (*wanted + lack / 16).clamp(0, 255);
            }
            let [r, g, b] = wanted.map(|value| value as u8);
            let index = colours.index_of(&[r, g, b, 255]);
            indices.push(index as u8);
            for (channel, wanted) in wanted.into_iter().enumerate() {
                let got = palette.get(index * 3 + channel).copied().unwrap_or(0);
                // Slightly less than the whole error, so that errors do not propagate far.
                let left = (wanted - i32::from(got)) * 7 / 8;
                for (row, x, part) in [(0, x + 2, 7), (1, x, 3), (1, x + 1, 5), (1, x + 2, 1)] {
                    let row = if row == 0 { &mut *now } else { &mut *next };
                    if let Some(lack) = row.get_mut(x).and_then(|lack| lack.get_mut(channel)) {
                        *lack += left * part;
                    }
                }
            }
        }
        std::mem::swap(now, next);
        next.fill([0; 3]);
    }
    (palette, indices, hole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are() {
        let pixels = [[1, 2, 3, 255], [9, 9, 9, 0], [1, 2, 3, 200], [4, 5, 6, 255]];
        let frame = stored(pixels.as_flattened(), Size::new(2, 2), false);
        assert_eq!(frame.palette.as_deref(), Some(&[1, 2, 3, 0, 0, 0, 4, 5, 6][..]));
        assert_eq!((&*frame.buffer, frame.transparent), (&[0, 1, 0, 2][..], Some(1)));
    }

    #[test]
    fn many_colours_keep_their_mean() {
        let size = Size::new(64, 64);
        let pixels: Vec<[u8; 4]> = (0..64 * 64)
            .map(|n| [(n % 64 * 4) as u8, (n / 64 * 4) as u8, (n % 61 * 4) as u8, 255])
            .collect();
        let frame = stored(pixels.as_flattened(), size, false);
        let palette = frame.palette.unwrap();
        for channel in 0..3 {
            let wanted: u32 = pixels.iter().map(|pixel| u32::from(pixel[channel])).sum();
            let got: u32 = frame
                .buffer
                .iter()
                .map(|&i| u32::from(palette[usize::from(i) * 3 + channel]))
                .sum();
            let difference = (f64::from(wanted) - f64::from(got)) / 4096.0;
            assert!(difference.abs() < 2.0, "{channel}: {difference}");
        }
    }
}
