//! WebP, lossy: a VP8 frame, and opacity, which is stored without loss.

use image_webp::{ColorType, WebPEncoder};
use obscura_sdk::Error;

use super::vp8::{self, Source};
use crate::colour::{from_pixels, into_ycc, straight};
use crate::frame::{Frame, Kind, Raster};
use crate::resample::Chroma;

/// Encode a frame, of which chroma may have half as many samples already.
pub(super) fn encode(frame: Frame, quality: u8) -> Result<Vec<u8>, Error> {
    let size = frame.size;
    let mut chunks = Vec::new();
    let frame = if frame.kind.has_alpha() {
        let [width, height] = [size.width, size.height].map(|side| (side - 1).to_le_bytes());
        let mut canvas = vec![0x10, 0, 0, 0]; // There is opacity.
        canvas.extend_from_slice(width.first_chunk::<3>().unwrap_or(&[0; 3]));
        canvas.extend_from_slice(height.first_chunk::<3>().unwrap_or(&[0; 3]));
        chunk(&mut chunks, b"VP8X", &canvas);
        chunk(&mut chunks, b"ALPH", &opacity(&frame)?);
        let pixels = straight(&frame);
        let rgb = pixels.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, _]| [r, g, b]);
        from_pixels(size, &rgb.collect::<Vec<u8>>(), None)
    } else {
        frame
    };

    let frame = into_ycc(frame, Chroma::Half);
    let luma = frame.rasters.first().map(|raster| limited(raster, 219.0, 16.0));
    let chroma = frame.rasters.iter().skip(1).map(|raster| limited(raster, 224.0, 16.0));
    let mut planes: Vec<Raster> = luma.into_iter().chain(chroma).collect();
    if frame.kind == Kind::Luma {
        let half = crate::geometry::Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
        let grey = Raster::new(half, vec![128; half.pixels() as usize]);
        planes.extend([grey.clone(), grey]);
    }
    let [y, u, v] = planes.as_slice() else {
        return Err(Error::Internal("writing WebP: a frame without planes".into()));
    };
    chunk(&mut chunks, b"VP8 ", &vp8::encode([source(y), source(u), source(v)], quality));

    let mut file = Vec::with_capacity(chunks.len() + 12);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(chunks.len() as u32 + 4).to_le_bytes());
    file.extend_from_slice(b"WEBP");
    file.extend_from_slice(&chunks);
    Ok(file)
}

fn source(raster: &Raster) -> Source<'_> {
    let (width, height) = (raster.size.width as usize, raster.size.height as usize);
    Source { samples: &raster.samples, width, height }
}

/// A plane in the range that video uses: 16 to 235 or 240.
fn limited(raster: &Raster, range: f64, floor: f64) -> Raster {
    let table: [u8; 256] =
        std::array::from_fn(|value| (value as f64 * range / 255.0 + floor).round() as u8);
    let convert = |&value: &u8| table.get(usize::from(value)).copied().unwrap_or(value);
    Raster::new(raster.size, raster.samples.iter().map(convert).collect())
}

/// The opacity of a frame, as its chunk has it: compressed like the green of a
/// lossless picture, without that one's header.
fn opacity(frame: &Frame) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    let (width, height) = (frame.size.width, frame.size.height);
    WebPEncoder::new(&mut file)
        .encode(frame.plane(3), width, height, ColorType::L8)
        .map_err(|error| Error::Internal(format!("writing WebP: {error}")))?;
    // RIFF, its length, WEBP, VP8L, its length; a signature and the size.
    const HEADER: usize = 20 + 5;
    let mut opacity = vec![1]; // Compressed, not filtered.
    opacity.extend_from_slice(file.get(HEADER..).unwrap_or(&[]));
    Ok(opacity)
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}
