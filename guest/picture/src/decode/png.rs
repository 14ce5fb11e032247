//! PNG, row by row.
//!
//! A library reads the header and rare kinds of files; `pixels` reads ordinary files in half the
//! time.

mod fault;
mod four_rows;
mod pixels;
mod tone;
mod unfilter;

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use obscura_sdk::Error;
use png::{
    BitDepth, ColorType, Decoder, DecodingError, Info, Limits, ScaledFloat, Transformations,
};

use super::budget::Budget;
use super::demand::{Demand, Header, Picture};
use super::reduce::reduction;
use super::rows::Rows;
use crate::frame::Kind;
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::precise::Deep;
use crate::profile::{Declared, Embedded, Points, Tone, of_gamma};
use fault::{cut_short, unreadable};

/// The key of an XMP packet among texts.
const XMP: &str = "XML:com.adobe.xmp";

/// The chunk size of reads.
const PIECE: usize = 64 * 1024;

pub(super) fn decode(
    reader: &mut dyn Read,
    budget: Budget,
    demand: &dyn Demand,
) -> Result<Picture, Error> {
    let mut forward = Forward::new(reader);
    let most = Limits { bytes: usize::try_from(budget.0.max_memory / 4).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(&mut forward, most);
    decoder.set_transformations(Transformations::EXPAND);
    let info = decoder.read_header_info().map_err(|error| fault(&error))?;
    let size = Size::new(info.width, info.height);
    budget.pixels(size)?;
    // Some rows are buffered in any case.
    budget.memory(size, u64::from(size.width) * 8 * 12)?;
    let mut reader = decoder.read_info().map_err(|error| fault(&error))?;

    let info = reader.info();
    let exif = info.exif_metadata.as_deref().map(<[u8]>::to_vec);
    let orientation = exif.as_deref().map_or(Orientation::UPRIGHT, Orientation::from_exif);
    let packet = info.utf8_text.iter().find(|text| text.keyword == XMP);
    let xmp = packet.and_then(|packet| packet.get_text().ok()).map(String::into_bytes);
    let metadata = Blocks { exif, xmp, iptc: None };
    // The library's copy and ours.
    let icc = info.icc_profile.as_deref().map_or(0, |icc| 2 * icc.len() as u64);
    budget.memory(size, icc)?;
    let (profile, hdr) = colours(info)?;
    let converts = profile.as_ref().is_some_and(Embedded::converts);
    let interlaced = info.interlaced;
    let (stored, samples) = (info.bits_per_pixel() / 8, info.color_type.samples());
    let rare = interlaced || info.trns.is_some() || info.animation_control.is_some();
    let ordinary = !rare && stored == samples && info.color_type != ColorType::Indexed;
    let header = Header { size, orientation };
    let factor = reduction(demand.scale(header)?);

    let (colour, depth) = reader.output_color_type();
    let kind = match colour {
        ColorType::Grayscale => Kind::Luma,
        ColorType::Rgb | ColorType::Indexed => Kind::Rgb,
        ColorType::GrayscaleAlpha | ColorType::Rgba => Kind::Rgba,
    };
    let line = reader.output_line_size(size.width).unwrap_or(usize::MAX);
    let held = if interlaced { line as u64 * u64::from(size.height) } else { line as u64 * 12 };
    let is_deep = depth == BitDepth::Sixteen && demand.takes_depth();
    let kept = if is_deep { size.pixels() * kind.planes() as u64 * 2 } else { 0 };
    budget.memory(size, Rows::bytes(kind, size, factor).saturating_add(held + kept + icc))?;
    let mut deep = is_deep.then(|| Deep { size, kind, samples: Vec::new() });

    let mut rows = Rows::new(kind, size, factor, !converts && demand.takes_chroma(header));
    let layout =
        tone::Layout { channels: colour.samples(), is_sixteen: depth == BitDepth::Sixteen };
    let (mut mapped, mut eight) = (Vec::new(), Vec::new());
    let mut take = |row: &[u8]| {
        let row = if let Some(hdr) = &hdr {
            mapped.clear();
            mapped.extend_from_slice(row);
            tone::map(hdr, &layout, &mut mapped);
            &mapped
        } else {
            row
        };
        if let Some(deep) = &mut deep {
            deep.push(row, colour == ColorType::GrayscaleAlpha);
        }
        let row = if depth == BitDepth::Sixteen {
            eight.clear();
            eight.extend_from_slice(row);
            to_eight_bits(&mut eight)
        } else {
            row
        };
        if colour == ColorType::GrayscaleAlpha {
            let pairs = row.as_chunks::<2>().0;
            let wide: Vec<u8> = pairs.iter().flat_map(|&[y, alpha]| [y, y, y, alpha]).collect();
            rows.push(&wide);
        } else {
            rows.push(row);
        }
    };
    let end = if ordinary {
        drop(reader);
        // The library stops there.
        let first = forward.image_data().ok_or_else(cut_short)?;
        let layout = pixels::Layout { bpp: samples, stride: line, rows: size.height };
        pixels::read(forward.reader, first, layout, demand.renders_damaged(), &mut take)
    } else if interlaced {
        let mut whole = vec![0; line * size.height as usize];
        let end = reader.next_frame(&mut whole).map(drop).map_err(|error| fault(&error));
        if end.is_ok() || demand.renders_damaged() {
            whole.chunks_exact(line.max(1)).for_each(&mut take);
        }
        end
    } else {
        let mut row = vec![0; line];
        (0..size.height).try_for_each(|_| {
            reader.read_row(&mut row).map_err(|error| fault(&error))?;
            take(&row);
            Ok(())
        })
    };
    let damaged = end.is_err();
    if let Err(error) = end {
        rows.end(error, demand.renders_damaged())?;
    }
    if let Some(deep) = &mut deep {
        deep.samples.resize(size.pixels() as usize * kind.planes(), 0);
    }
    let frame = rows.finish();
    Ok(Picture { header, frame, profile, metadata, deep: deep.map(Arc::new), damaged })
}

/// The colour information of a file, by the precedence of the third edition of the standard:
/// supported code points, a profile, sRGB, and gamma or primaries (like Chrome, either alone). And
/// the tone mapping to sRGB, if it is HDR.
fn colours(info: &Info<'_>) -> Result<(Option<Embedded>, Option<Tone>), Error> {
    let points = info.coding_independent_code_points;
    let points =
        points.filter(|code| code.matrix_coefficients == 0 && code.is_video_full_range_image);
    let points = points.map(|code| Points {
        primaries: code.color_primaries.into(),
        transfer: code.transfer_function.into(),
    });
    // The unit is 0.0001 cd/m².
    let brightest = info.content_light_level.map(|level| level.max_content_light_level / 10_000);
    let brightest = brightest.and_then(|level| u16::try_from(level).ok());
    if let Some(tone) = points.and_then(|points| Tone::of(points, brightest)) {
        return Ok((Some(Embedded::converted()), Some(tone)));
    }
    let known = points.and_then(|points| points.profile().ok());
    let mut declared = Vec::new();
    declared.extend(known.map(|icc| icc.map_or(Declared::Srgb, Declared::Icc)));
    declared.extend(info.icc_profile.as_deref().map(|icc| Declared::Icc(icc.to_vec())));
    declared.extend(info.srgb.map(|_| Declared::Srgb));
    if declared.is_empty() && points.is_some_and(Points::is_hdr) {
        return Err(Error::UnsupportedFormat(
            "this PNG is in HDR with primaries that are not known; export it for ordinary screens \
             (SDR)"
                .into(),
        ));
    }
    let place = |(x, y): (ScaledFloat, ScaledFloat)| (x.into_value(), y.into_value());
    let places = info.chrm_chunk.map(|c| [c.white, c.red, c.green, c.blue].map(place));
    let gamma = info.gama_chunk.map(ScaledFloat::into_value);
    declared.extend(of_gamma(gamma, places).map(Declared::Icc));
    let grey = matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    Ok((Embedded::of(declared, grey), None))
}

/// Big-endian 16-bit samples to 8 bits, rounded, in place.
pub(super) fn to_eight_bits(row: &mut [u8]) -> &mut [u8] {
    let half = row.len() / 2;
    for at in 0..half {
        if let Some(&[high, low]) = row.get(at * 2..at * 2 + 2).and_then(|pair| pair.as_array()) {
            let value = u32::from(u16::from_be_bytes([high, low]));
            if let Some(target) = row.get_mut(at) {
                // value × 255 / 65535, rounded.
                *target = ((value * 255 + 32_895) >> 16) as u8;
            }
        }
    }
    row.get_mut(..half).unwrap_or(&mut [])
}

fn fault(error: &DecodingError) -> Error {
    match error {
        DecodingError::IoError(error) => unreadable(error),
        DecodingError::LimitsExceeded => {
            Error::LimitExceeded("the PNG file needs more memory than is allowed".into())
        }
        other => Error::Malformed(format!("the PNG file is damaged: {other}")),
    }
}

/// A reader that supports `Seek` formally, for a decoder that requires it but never seeks back. It
/// keeps the last bytes.
struct Forward<R> {
    reader: BufReader<R>,
    last: [u8; 8],
}

impl<R: Read> Forward<R> {
    fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(PIECE, reader), last: [0; 8] }
    }

    /// The size of the image data chunk that begins here, if any.
    fn image_data(&self) -> Option<u32> {
        let [length @ .., b'I', b'D', b'A', b'T'] = self.last else { return None };
        Some(u32::from_be_bytes(length))
    }

    fn remember(&mut self, count: usize) {
        let bytes = self.reader.buffer().get(..count).unwrap_or(&[]);
        match bytes.last_chunk() {
            Some(last) => self.last = *last,
            None => {
                self.last.rotate_left(bytes.len());
                let kept = self.last.len() - bytes.len();
                self.last.get_mut(kept..).unwrap_or_default().copy_from_slice(bytes);
            }
        }
    }
}

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(buffer.len());
        buffer.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Forward<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.remember(amount);
        self.reader.consume(amount);
    }
}

impl<R> Seek for Forward<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded() {
        for value in 0..=u16::MAX {
            let [high, low] = value.to_be_bytes();
            let expected = (f64::from(value) * 255.0 / 65535.0).round() as u8;
            assert_eq!(to_eight_bits(&mut [high, low]), [expected], "{value}");
        }
    }
}
