//! WebP. Relevant chunks can come late in the file, so it is read whole.
//!
//! Ordinary lossy pictures stay in planes, from this project's decoder; a library decodes lossless
//! ones and those with alpha. Frames of an animation are decoded one by one, as still pictures.

use std::io::{self, Cursor};

use image_webp::{DecodingError, WebPDecoder};
use obscura_sdk::Error;
use obscura_vp8::Decoder;
use obscura_vp8l::table_bytes;

use super::budget::Budget;
use super::demand::{Demand, Header, Picture};
use super::planes::Planes;
use super::reduce::reduction;
use super::riff::{chunks, sizes_agree};
use super::rows::Rows;
use crate::frame::Kind;
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::profile::{Declared, Embedded};

pub(super) fn decode(file: &[u8], budget: Budget, demand: &dyn Demand) -> Result<Picture, Error> {
    if let Some(lossy) = Lossy::of(file, demand.renders_damaged()) {
        return lossy.decode(budget, demand);
    }
    let bytes = file.len() as u64;
    if !sizes_agree(file) {
        return Err(Error::Malformed("the WebP file is damaged: its sizes contradict".into()));
    }
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(|error| fault(&error))?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    budget.pixels(size)?;
    // Planes of the decoder, and pixels made from them.
    let held = size.pixels().saturating_mul(7).saturating_add(bytes);
    budget.memory(size, held)?;
    budget.memory(size, held.saturating_add(tables(file, size)))?;
    if decoder.is_animated() {
        return Err(Error::Malformed("the WebP animation has no frames".into()));
    }

    let declared = declared(file);
    let exif = decoder.exif_metadata().ok().flatten().filter(|_| declared & EXIF != 0);
    let orientation = exif.as_deref().map_or(Orientation::UPRIGHT, Orientation::from_exif);
    let xmp = decoder.xmp_metadata().ok().flatten().filter(|_| declared & XMP != 0);
    let metadata = Blocks { exif, xmp, iptc: None };
    let header = Header { size, orientation };
    let factor = reduction(demand.scale(header)?);

    let icc = decoder.icc_profile().ok().flatten().filter(|_| declared & ICC != 0);
    let profile = Embedded::of(icc.map(Declared::Icc), false);
    let converts = profile.as_ref().is_some_and(Embedded::converts);
    let (kind, channels) = if decoder.has_alpha() { (Kind::Rgba, 4) } else { (Kind::Rgb, 3) };
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap_or(0)];
    decoder.read_image(&mut pixels).map_err(|error| fault(&error))?;
    drop(decoder);
    let mut rows = Rows::new(kind, size, factor, !converts && demand.takes_chroma(header));
    for row in pixels.chunks_exact_mut(width as usize * channels) {
        rows.push(row);
    }
    let frame = rows.finish();
    Ok(Picture { header, frame, profile, metadata, deep: None, damaged: false })
}

// Flags of the VP8X chunk. A chunk of metadata without its flag does not count, as in libwebp.
const ICC: u8 = 0x20;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

/// The flags of a file; none for one in the simple format.
pub(crate) fn declared(file: &[u8]) -> u8 {
    match file.get(12..21) {
        Some([b'V', b'P', b'8', b'X', _, _, _, _, flags]) => *flags,
        _ => 0,
    }
}

/// The decoder's memory for the prefix codes of a file's lossless parts.
fn tables(file: &[u8], size: Size) -> u64 {
    let chunk = |wanted| {
        let mut chunks = chunks(file.get(12..).unwrap_or(&[]));
        chunks.find_map(|(name, body)| (name == wanted).then_some(body)).unwrap_or(&[])
    };
    let (width, height) = (size.width as usize, size.height as usize);
    let picture = match *chunk(b"VP8L") {
        [_, a, b, c, d, ref stream @ ..] => {
            let sides = u32::from_le_bytes([a, b, c, d]);
            let side = |bits: u32| (bits & 0x3fff) as usize + 1;
            // The decoder refuses one of another size.
            let agrees = (side(sides), side(sides >> 14)) == (width, height);
            if agrees { table_bytes(stream, width, height) } else { 0 }
        }
        _ => 0,
    };
    let opacity = match *chunk(b"ALPH") {
        // The lowest bits are the compression method.
        [how, ref stream @ ..] if how & 3 == 1 => table_bytes(stream, width, height),
        _ => 0,
    };
    picture.max(opacity)
}

/// A file of one lossy frame without alpha.
struct Lossy<'a> {
    frame: &'a [u8],
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    icc: Option<&'a [u8]>,
}

impl<'a> Lossy<'a> {
    /// Its chunks; `None` if it is another kind of file, or damaged such that the library reports
    /// better errors.
    fn of(file: &'a [u8], render: bool) -> Option<Self> {
        let mut chunks = file.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
        let mut found = Self { frame: &[], exif: None, xmp: None, icc: None };
        let declared = declared(file);
        while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
            let (name, size) = head.split_first_chunk::<4>()?;
            let size = usize::try_from(u32::from_le_bytes(*size.first_chunk()?)).ok()?;
            let whole = rest.get(..size).or(render.then_some(rest));
            let (body, padded) = (whole?, size.checked_next_multiple_of(2)?);
            match name {
                b"VP8 " if found.frame.is_empty() => found.frame = body,
                b"EXIF" if declared & EXIF != 0 => found.exif = Some(body),
                b"XMP " if declared & XMP != 0 => found.xmp = Some(body),
                b"ICCP" if declared & ICC != 0 => found.icc = Some(body),
                b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" => return None,
                _ => {}
            }
            chunks = rest.get(padded..).unwrap_or(&[]);
        }
        (!found.frame.is_empty()).then_some(found)
    }

    fn decode(&self, budget: Budget, demand: &dyn Demand) -> Result<Picture, Error> {
        let mut decoder = Decoder::new(self.frame).map_err(broken)?;
        let (width, height) = decoder.size();
        let size = Size::new(width as u32, height as u32);
        budget.pixels(size)?;
        let orientation = self.exif.map_or(Orientation::UPRIGHT, Orientation::from_exif);
        let header = Header { size, orientation };
        let scale = demand.scale(header)?;
        let factor = reduction(scale);
        let halves = demand.takes_chroma(header);
        let held = Planes::bytes(size, factor, halves).saturating_add(self.frame.len() as u64);
        budget.memory(size, held)?;
        if scale < UNFILTERED {
            decoder.set_unfiltered();
        }
        // Chroma that is sufficient goes through the resampler at another size, as does luma.
        let mut planes = Planes::new(size, factor, halves);
        let (mut some, mut damaged) = (false, false);
        loop {
            match decoder.next_strip() {
                Ok(None) => break,
                Ok(Some(strip)) => {
                    for (index, rows) in strip.planes.into_iter().enumerate() {
                        rows.iter().for_each(|row| planes.push(index, row));
                        some |= rows.height > 0;
                    }
                }
                Err(_) if some && demand.renders_damaged() => {
                    damaged = true;
                    planes.fill();
                    break;
                }
                Err(error) => return Err(broken(error)),
            }
        }
        let frame = planes.finish();
        let profile = Embedded::of(self.icc.map(|icc| Declared::Icc(icc.to_vec())), false);
        let block = |found: Option<&[u8]>| found.map(<[u8]>::to_vec);
        let metadata = Blocks { exif: block(self.exif), xmp: block(self.xmp), iptc: None };
        Ok(Picture { header, frame, profile, metadata, deep: None, damaged })
    }
}

/// Below this scale, reducing the picture smooths block edges sufficiently, so the loop filter is
/// skipped. libwebp does the same, at the same scale, for scaled decoding
/// (`WebPIoInitFromOptions`).
const UNFILTERED: f64 = 0.75;

fn broken(error: obscura_vp8::Error) -> Error {
    Error::Malformed(match error {
        obscura_vp8::Error::Truncated => "the WebP file is cut short; upload it again".into(),
        other => format!("the WebP file is damaged: {other}"),
    })
}

fn fault(error: &DecodingError) -> Error {
    match error {
        DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Malformed("the WebP file is cut short; upload it again".into())
        }
        other => Error::Malformed(format!("the WebP file is damaged: {other}")),
    }
}
