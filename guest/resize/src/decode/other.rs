//! TIFF and BMP, which few upload: by the crate `image`, whole.

use std::io::{Cursor, Read};
use std::sync::Arc;

use image::codecs::{bmp::BmpDecoder, tiff::TiffDecoder};
use image::error::{ImageError, UnsupportedErrorKind};
use image::{ColorType, ImageDecoder};
use obscura_sdk::Error;

use super::png::to_eight_bits;
use super::reduce::reduction;
use super::rows::Rows;
use super::tags::{self, unmultiply};
use super::{Budget, Demand, Header, Picture};
use crate::format::Format;
use crate::frame::Kind;
use crate::geometry::Size;
use crate::light::stored;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::precise::Deep;
use crate::profile::{Declared, Embedded};

pub(super) fn decode(
    format: Format,
    mut reader: impl Read,
    budget: Budget,
    demand: &impl Demand,
) -> Result<Picture, Error> {
    let mut file = Vec::new();
    reader.read_to_end(&mut file)?;
    let bytes = file.len() as u64;
    if format == Format::Bmp {
        mend_offset(&mut file);
        let decoder = BmpDecoder::new(Cursor::new(file)).map_err(|error| fault("BMP", &error))?;
        return picture("BMP", decoder, Kept::default(), bytes, budget, demand);
    }
    let mut kept = Kept { metadata: Blocks::of_tiff(&file), ..Kept::default() };
    tags::check(&file)?;
    kept.premultiplied = tags::premultiplied(&file);
    kept.colours = tags::take_palette(&mut file);
    let decoder = TiffDecoder::new(Cursor::new(file)).map_err(|error| fault("TIFF", &error))?;
    picture("TIFF", decoder, kept, bytes, budget, demand)
}

/// Some programs write BMP whose pixels begin, as the file says, where its
/// palette does. Others than the decoder go by the palette then.
fn mend_offset(file: &mut [u8]) -> Option<()> {
    let long = |at: usize| Some(u32::from_le_bytes(*file.get(at..at + 4)?.as_array()?));
    let (offset, header, depth, used) = (long(10)?, long(14)?, long(28)? & 0xffff, long(46)?);
    let colours = match (depth, used) {
        (1..=8, 0) => 1 << depth,
        (1..=8, used) => used.min(256),
        _ => return None,
    };
    let after = 14_u32.checked_add(header)?.checked_add(colours * 4)?;
    if (40..=124).contains(&header) && offset < after {
        file.get_mut(10..14)?.copy_from_slice(&after.to_le_bytes());
    }
    Some(())
}

/// What the decoder does not tell of a file.
#[derive(Default)]
struct Kept {
    /// The colours of what it takes for grey.
    colours: Option<[[u8; 3]; 256]>,
    /// Whether colours are multiplied by opacity.
    premultiplied: bool,
    metadata: Blocks,
}

fn picture(
    name: &str,
    mut decoder: impl ImageDecoder,
    kept: Kept,
    bytes: u64,
    budget: Budget,
    demand: &impl Demand,
) -> Result<Picture, Error> {
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    budget.pixels(size)?;
    let total = decoder.total_bytes();
    // The decoder's own buffer, which is larger than ours for CMYK, and ours.
    let decoding = total.saturating_mul(7) / 3;
    budget.memory(size, decoding.saturating_add(bytes))?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(decoding.saturating_add(bytes));
    decoder.set_limits(limits).map_err(|error| fault(name, &error))?;

    let orientation = decoder.orientation().map_or(1, |found| found.to_exif());
    let header = Header { size, orientation: Orientation::from_tag(orientation.into()) };
    let icc = decoder.icc_profile().ok().flatten();
    let factor = reduction(demand.scale(header)?);
    let colour = decoder.color_type();
    // Of grey samples that are indices there are colours.
    let colours = kept.colours.filter(|_| colour == ColorType::L8);
    let (kind, channels) = match colour {
        ColorType::L8 if colours.is_some() => (Kind::Rgb, 1),
        ColorType::L8 | ColorType::L16 => (Kind::Luma, 1),
        ColorType::La8 | ColorType::La16 => (Kind::Rgba, 2),
        ColorType::Rgb8 | ColorType::Rgb16 | ColorType::Rgb32F => (Kind::Rgb, 3),
        _ => (Kind::Rgba, 4),
    };
    let sample = usize::from(colour.bytes_per_pixel()) / channels;
    let is_deep = sample == 2 && demand.takes_depth() && !kept.premultiplied;

    let grey = colours.is_none() && matches!(channels, 1 | 2);
    let profile = Embedded::of(icc.map(Declared::Icc), grey);
    let converts = profile.as_ref().is_some_and(Embedded::converts);
    let mut samples = vec![0; usize::try_from(total).unwrap_or(usize::MAX)];
    decoder.read_image(&mut samples).map_err(|error| fault(name, &error))?;
    let mut deep = is_deep.then(|| Deep { size, kind, samples: Vec::new() });
    let mut rows = Rows::new(kind, size, factor, !converts && demand.takes_chroma(header));
    for row in samples.chunks_exact_mut((width as usize * channels * sample).max(1)) {
        let row = match sample {
            2 => {
                row.as_chunks_mut::<2>()
                    .0
                    .iter_mut()
                    .for_each(|s| *s = u16::from_ne_bytes(*s).to_be_bytes());
                if let Some(deep) = &mut deep {
                    deep.push(row, channels == 2);
                }
                to_eight_bits(row)
            }
            4 => floats(row, channels),
            _ => row,
        };
        if kept.premultiplied && channels == 4 {
            unmultiply(row);
        }
        if let Some(colours) = &colours {
            let pixels = row.iter().filter_map(|&index| colours.get(usize::from(index)));
            let wide: Vec<u8> = pixels.flatten().copied().collect();
            rows.push(&wide);
        } else if channels == 2 {
            let pairs = row.as_chunks::<2>().0;
            let wide: Vec<u8> = pairs.iter().flat_map(|&[y, alpha]| [y, y, y, alpha]).collect();
            rows.push(&wide);
        } else {
            rows.push(row);
        }
    }
    let frame = rows.finish();
    Ok(Picture { header, frame, profile, metadata: kept.metadata, deep: deep.map(Arc::new) })
}

/// Floating point samples, which are light, to 8 bits, in place.
fn floats(row: &mut [u8], channels: usize) -> &mut [u8] {
    let count = row.len() / 4;
    for at in 0..count {
        let bytes = row.get(at * 4..at * 4 + 4).and_then(|bytes| bytes.as_array::<4>());
        let light = bytes.map_or(0.0, |bytes| f32::from_ne_bytes(*bytes));
        let value = if at % channels == 3 { light.clamp(0.0, 1.0) } else { stored(light) };
        if let Some(target) = row.get_mut(at) {
            *target = (value * 255.0 + 0.5) as u8;
        }
    }
    row.get_mut(..count).unwrap_or(&mut [])
}

fn fault(name: &str, error: &ImageError) -> Error {
    match error {
        ImageError::Unsupported(error) => {
            let what = match error.kind() {
                UnsupportedErrorKind::GenericFeature(what) => what.clone(),
                _ => "its kind of colour".into(),
            };
            Error::UnsupportedFormat(format!(
                "this {name} is of a rare kind that is not read ({what}); save it as PNG"
            ))
        }
        ImageError::Limits(_) => Error::LimitExceeded(format!(
            "the {name} picture needs more memory than is allowed; make it smaller, or raise the limit"
        )),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::Malformed(format!("the {name} file is cut short; upload it again"))
        }
        other => Error::Malformed(format!("the {name} file is damaged: {other}")),
    }
}
