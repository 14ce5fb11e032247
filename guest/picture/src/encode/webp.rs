//! WebP. Lossy: a VP8 frame with lossless alpha. Lossless: VP8L.

use obscura_sdk::Error;

use super::settings::Extras;
use super::video;
use crate::colour::{pixels, without_opacity};
use crate::frame::{Frame, Raster};
use crate::geometry::Size;
use obscura_vp8::{self as vp8, Source};
use obscura_vp8l::{self as vp8l, Image};

/// Flags of the VP8X chunk.
pub(super) const ANIMATED: u8 = 0x02;
const XMP: u8 = 0x04;
const EXIF: u8 = 0x08;
const ALPHA: u8 = 0x10;
const PROFILE: u8 = 0x20;

/// Encode a frame, whose chroma may already be subsampled.
pub(super) fn encode(
    frame: Frame,
    quality: u8,
    lossless: bool,
    extras: Extras<'_>,
) -> Result<Vec<u8>, Error> {
    let size = frame.size;
    let alpha = frame.kind.has_alpha();
    let picture = picture(frame, quality, lossless)?;
    // In lossless files, alpha is part of the single chunk.
    let separate = alpha && !lossless;
    if !separate && extras == Extras::default() {
        return Ok(file(&picture));
    }
    Ok(extended(size, transparent(alpha), picture, extras))
}

/// An extended file: the picture's chunks and metadata.
pub(super) fn extended(size: Size, flags: u8, picture: Vec<u8>, extras: Extras<'_>) -> Vec<u8> {
    let mut flags = flags;
    let mut after = Vec::new();
    if let Some(icc) = extras.icc {
        flags |= PROFILE;
        chunk(&mut after, b"ICCP", icc);
    }
    after.extend(picture);
    if let Some(exif) = extras.exif {
        flags |= EXIF;
        chunk(&mut after, b"EXIF", exif);
    }
    if let Some(xmp) = extras.xmp {
        flags |= XMP;
        chunk(&mut after, b"XMP ", xmp.as_bytes());
    }
    let mut head = vec![flags, 0, 0, 0];
    head.extend(three(size.width - 1));
    head.extend(three(size.height - 1));
    let mut chunks = Vec::new();
    chunk(&mut chunks, b"VP8X", &head);
    chunks.extend(after);
    file(&chunks)
}

/// The picture's chunks in a file without metadata.
pub(super) fn picture_of(file: &[u8]) -> &[u8] {
    // RIFF, its length, WEBP; VP8X and its body.
    let chunks = file.get(12..).unwrap_or(&[]);
    if chunks.starts_with(b"VP8X") { chunks.get(18..).unwrap_or(&[]) } else { chunks }
}

/// The flag of files with alpha.
pub(super) fn transparent(alpha: bool) -> u8 {
    if alpha { ALPHA } else { 0 }
}

/// A number in three bytes.
pub(super) fn three(value: u32) -> [u8; 3] {
    let [a, b, c, _] = value.to_le_bytes();
    [a, b, c]
}

/// The chunks of a picture: one, or two if it is lossy and has alpha.
fn picture(frame: Frame, quality: u8, lossless: bool) -> Result<Vec<u8>, Error> {
    if lossless { exact(frame) } else { lossy(frame, quality) }
}

/// Lossless.
fn exact(frame: Frame) -> Result<Vec<u8>, Error> {
    let (size, channels) = (frame.size, frame.kind.planes());
    let bytes = pixels(&frame);
    drop(frame);
    let pixel = |channels: &[u8]| match *channels {
        [r, g, b, alpha] => u32::from_be_bytes([alpha, r, g, b]),
        [r, g, b] => u32::from_be_bytes([255, r, g, b]),
        [y, ..] => u32::from_be_bytes([255, y, y, y]),
        [] => 0,
    };
    let all = bytes.chunks_exact(channels).map(pixel).collect();
    drop(bytes);
    let mut chunks = Vec::new();
    chunk(&mut chunks, b"VP8L", &vp8l::encode(image(size, all)?));
    Ok(chunks)
}

fn image(size: Size, pixels: Vec<u32>) -> Result<Image, Error> {
    Image::new(size.width as usize, pixels).ok_or_else(too_large)
}

fn too_large() -> Error {
    Error::Internal("writing WebP: the picture is too large".into())
}

fn lossy(frame: Frame, quality: u8) -> Result<Vec<u8>, Error> {
    let mut chunks = Vec::new();
    let frame = if frame.kind.has_alpha() {
        chunk(&mut chunks, b"ALPH", &opacity(&frame)?);
        without_opacity(&frame)
    } else {
        frame
    };

    let [y, u, v] = video::planes(frame);
    let frame = vp8::encode([source(&y), source(&u), source(&v)], quality).ok_or_else(too_large)?;
    chunk(&mut chunks, b"VP8 ", &frame);
    Ok(chunks)
}

/// The file of some chunks.
fn file(chunks: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(chunks.len() + 12);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(chunks.len() as u32 + 4).to_le_bytes());
    file.extend_from_slice(b"WEBP");
    file.extend_from_slice(chunks);
    file
}

fn source(raster: &Raster) -> Source<'_> {
    let (width, height) = (raster.size.width as usize, raster.size.height as usize);
    Source { samples: &raster.samples, width, height }
}

/// The alpha chunk of a frame: compressed like the green channel of a lossless picture, without its
/// header.
fn opacity(frame: &Frame) -> Result<Vec<u8>, Error> {
    let green = |&alpha: &u8| u32::from_be_bytes([255, 0, alpha, 0]);
    let pixels = frame.plane(3).iter().map(green).collect();
    let mut opacity = vec![1]; // Compressed, not filtered.
    opacity.extend(vp8l::encode_opacity(image(frame.size, pixels)?));
    Ok(opacity)
}

/// Add a chunk.
pub(super) fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}
