//! JPEG, in planes, at the smallest scale that serves.

use std::io::Read;

use obscura_jpeg::{ColorModel, Component, Decoder, Error as Fault, Header as Told, Plane, color};
use obscura_sdk::Error;

use super::rows::Rows;
use super::{Budget, Demand, Header, Picture};
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;
use crate::orientation::Orientation;
use crate::profile::Profile;

/// How much larger than needed a picture is decoded, in each direction. A
/// scaled decode cuts high frequencies bluntly, so the resampler must have some
/// to spare; from here on it cannot be told from a full decode.
const HEADROOM: f64 = 1.5;

pub(super) fn decode(
    reader: impl Read,
    budget: Budget,
    demand: &impl Demand,
) -> Result<Picture, Error> {
    let mut decoder = Decoder::new(reader).map_err(fault)?;
    let told = decoder.header().clone();
    let size = Size::new(told.width, told.height);
    budget.pixels(size)?;
    let exif = told.exif.as_deref();
    let orientation = exif.map_or(Orientation::UPRIGHT, Orientation::from_exif);
    let header = Header { size, orientation };

    let eighths = eighths(demand.scale(header)?);
    decoder.set_scale(eighths);
    decoder.set_limits(budget.0.max_pixels, budget.0.max_memory.saturating_sub(Budget::OVERHEAD));
    let planes = decoder.decode().map_err(fault)?;

    let scale = f64::from(eighths) / 8.0;
    let kind = match told.color {
        ColorModel::Gray => Kind::Luma,
        ColorModel::YCbCr => Kind::Ycc,
        ColorModel::Rgb | ColorModel::Cmyk | ColorModel::Ycck => {
            // Rare, and not worth a path of their own.
            let mut pixels = color::to_rgb(&planes, &told, 3, true);
            let size = Size::new(planes.width as u32, planes.height as u32);
            let mut rows = Rows::new(Kind::Rgb, size, 1, false);
            pixels.chunks_exact_mut((planes.width * 3).max(1)).for_each(|row| rows.push(row));
            let frame = rows.finish();
            return Ok(Picture { header, profile: profile(&told, &frame), frame });
        }
    };
    let planes = planes.planes.into_iter().enumerate();
    let rasters: Vec<Raster> =
        planes.map(|(index, plane)| raster(plane, &told, index, scale)).collect();
    let frame = Frame::new(kind, rasters);
    Ok(Picture { header, profile: profile(&told, &frame), frame })
}

fn profile(told: &Told, frame: &Frame) -> Option<Profile> {
    Profile::read(told.icc.as_deref()?, frame.kind)
}

/// The smallest scale that leaves the resampler its headroom.
fn eighths(needed: f64) -> u8 {
    (1..8).find(|&n| f64::from(n) / 8.0 >= needed * HEADROOM).unwrap_or(8)
}

/// A component, without gaps between its rows.
fn raster(plane: Plane, told: &Told, index: usize, scale: f64) -> Raster {
    let Plane { width, height, stride, mut data } = plane;
    if stride != width {
        for row in 1..height {
            data.copy_within(row * stride..row * stride + width, row * width);
        }
    }
    data.truncate(width * height);
    let most = |factor: fn(&Component) -> u8| {
        f64::from(told.components.iter().map(factor).max().unwrap_or(1))
    };
    let (across, down) = told.components.get(index).map_or((1.0, 1.0), |component| {
        let across = f64::from(component.horizontal) / most(|c| c.horizontal);
        (across, f64::from(component.vertical) / most(|c| c.vertical))
    });
    let size = Size::new(width as u32, height as u32);
    let covered = (
        (f64::from(told.width) * scale * across).min(width as f64),
        (f64::from(told.height) * scale * down).min(height as f64),
    );
    Raster { covered, ..Raster::new(size, data) }
}

fn fault(fault: Fault) -> Error {
    match fault {
        Fault::Truncated => Error::Malformed("the JPEG file is cut short; upload it again".into()),
        Fault::Unsupported(what) => Error::UnsupportedFormat(format!(
            "this JPEG is of a rare kind that is not read ({what}); save it as an ordinary JPEG"
        )),
        Fault::Limit(what) => Error::LimitExceeded(format!(
            "the JPEG picture is over a limit ({what}); make it smaller, or raise the limit"
        )),
        Fault::Usage(what) => Error::Internal(format!("reading JPEG: {what}")),
        Fault::Malformed(what) => Error::Malformed(format!("the JPEG file is damaged: {what}")),
        other => Error::Malformed(format!("the JPEG file is damaged: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_headroom() {
        assert_eq!(eighths(300.0 / 4000.0), 1);
        assert_eq!(eighths(0.1), 2);
        assert_eq!(eighths(0.25), 3);
        assert_eq!(eighths(0.5), 6);
        assert_eq!(eighths(0.9), 8);
        assert_eq!(eighths(3.0), 8);
    }
}
