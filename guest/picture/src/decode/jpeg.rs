//! JPEG, in planes, at the smallest sufficient scale.

use std::io::Read;

use obscura_jpeg::{ColorModel, Component, Decoder, Header as Told, Plane, color};
use obscura_sdk::Error;

use super::budget::Budget;
use super::cmyk;
use super::demand::{Demand, Header, Picture};
use crate::fault::jpeg_fault;
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::profile::{Declared, Embedded};

/// How much larger than needed a picture is decoded, in each direction. A scaled decode cuts high
/// frequencies sharply, so the resampler needs headroom; with this factor, the result is within
/// half a point of SSIMULACRA2 of a full decode.
const HEADROOM: f64 = 1.4;

/// The same for chroma of half of luma's size. It is so little visible that a tenth less than
/// needed usually costs less than 0.2 of SSIMULACRA2, and 0.4 for 24 megapixels at a width of 400.
const CHROMA_HEADROOM: f64 = 0.9;

pub(super) fn decode(
    reader: &mut dyn Read,
    budget: Budget,
    demand: &dyn Demand,
) -> Result<Picture, Error> {
    let mut decoder = Decoder::new(reader).map_err(jpeg_fault)?;
    let mut told = decoder.header().clone();
    let size = Size::new(told.width, told.height);
    budget.pixels(size)?;
    let metadata = Blocks::of_jpeg(&mut told);
    let exif = metadata.exif.as_deref();
    let orientation = exif.map_or(Orientation::UPRIGHT, Orientation::from_exif);
    let header = Header { size, orientation };

    let needed = demand.scale(header)?;
    let mut eighths = eighths(needed, HEADROOM);
    // Renditions with full chroma also use the chroma that a scaled decode would discard. This is
    // only possible at these scales.
    let subsampled = told.components.iter().any(|c| c.horizontal > 1 || c.vertical > 1);
    let matched = subsampled && !demand.takes_chroma(header);
    let mut chroma = 8;
    if matched {
        eighths = eighths.next_power_of_two();
    } else if told.color == ColorModel::YCbCr && demand.takes_chroma(header) {
        chroma = self::eighths(needed * halving(&told), CHROMA_HEADROOM);
        decoder.set_chroma_scale(chroma);
    }
    decoder.set_scale(eighths);
    decoder.set_match_luma(matched);
    decoder.set_limits(budget.0.max_pixels, budget.0.max_memory.saturating_sub(Budget::OVERHEAD));
    decoder.set_lenient(demand.renders_damaged());
    let planes = decoder.decode().map_err(jpeg_fault)?;
    let damaged = planes.truncated;

    let kind = match told.color {
        ColorModel::Gray => Kind::Luma,
        ColorModel::YCbCr => Kind::Ycc,
        ColorModel::Rgb => {
            // Rare, and not worth a separate path.
            let pixels = color::to_rgb(&planes, &told, 3, true);
            let frame = cmyk::frame(pixels, planes.width);
            let profile = profile(&told, &frame);
            return Ok(Picture { header, profile, frame, metadata, deep: None, damaged });
        }
        ColorModel::Cmyk | ColorModel::Ycck => {
            let (frame, profile) = cmyk::decode(&planes, &told);
            return Ok(Picture { header, profile, frame, metadata, deep: None, damaged });
        }
    };
    let planes = planes.planes.into_iter().enumerate();
    let rasters: Vec<Raster> = planes
        .map(|(index, plane)| raster(plane, &told, index, eighths, matched, chroma))
        .collect();
    let frame = Frame::new(kind, rasters);
    Ok(Picture { header, profile: profile(&told, &frame), frame, metadata, deep: None, damaged })
}

fn profile(told: &Told, frame: &Frame) -> Option<Embedded> {
    Embedded::of(told.icc.clone().map(Declared::Icc), frame.kind == Kind::Luma)
}

/// The smallest scale that leaves the resampler its headroom.
fn eighths(needed: f64, headroom: f64) -> u8 {
    (1..8).find(|&n| f64::from(n) / 8.0 >= needed * headroom).unwrap_or(8)
}

/// The scale of a component relative to luma's, if half of its samples are needed: 1 if it has no
/// more than these.
fn halving(told: &Told) -> f64 {
    let most = |factor: fn(&Component) -> u8| {
        let luma = told.components.first().map_or(1, factor);
        let least = told.components.iter().skip(1).map(factor).min().unwrap_or(1);
        f64::from(luma) / (2.0 * f64::from(least.max(1)))
    };
    most(|c| c.horizontal).max(most(|c| c.vertical))
}

/// A component, without gaps between its rows.
fn raster(
    plane: Plane,
    told: &Told,
    index: usize,
    eighths: u8,
    matched: bool,
    chroma: u8,
) -> Raster {
    let Plane { width, height, stride, mut data } = plane;
    if stride != width {
        for row in 1..height {
            data.copy_within(row * stride..row * stride + width, row * width);
        }
    }
    data.truncate(width * height);
    let most = |factor: fn(&Component) -> u8| told.components.iter().map(factor).max().unwrap_or(1);
    let full = (most(|c| c.horizontal), most(|c| c.vertical));
    let own = told.components.get(index).map_or(full, |c| (c.horizontal, c.vertical));
    // As with `set_match_luma`: subsampled components are decoded larger if possible.
    let mut own_eighths = eighths;
    let doubles = |full: u8, own: u8, n: u8| (full * eighths).is_multiple_of(own * n * 2);
    while matched
        && own_eighths <= 4
        && doubles(full.0, own.0, own_eighths)
        && doubles(full.1, own.1, own_eighths)
    {
        own_eighths *= 2;
    }
    if index > 0 {
        own_eighths = own_eighths.min(chroma);
    }
    let scale = f64::from(own_eighths) / 8.0;
    let across = f64::from(own.0) / f64::from(full.0);
    let down = f64::from(own.1) / f64::from(full.1);
    let size = Size::new(width as u32, height as u32);
    let covered = (
        (f64::from(told.width) * scale * across).min(width as f64),
        (f64::from(told.height) * scale * down).min(height as f64),
    );
    Raster { covered, ..Raster::new(size, data) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_headroom() {
        assert_eq!(eighths(300.0 / 4000.0, HEADROOM), 1);
        assert_eq!(eighths(0.1, HEADROOM), 2);
        assert_eq!(eighths(0.25, HEADROOM), 3);
        assert_eq!(eighths(0.5, HEADROOM), 6);
        assert_eq!(eighths(0.9, HEADROOM), 8);
        assert_eq!(eighths(3.0, HEADROOM), 8);
    }
}
