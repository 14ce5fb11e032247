//! From a stream to planes of samples.

use heic_decoder::decode_one_image;
use heic_decoder::hevc::ctu;
use heic_decoder::isobmff::ResolvedImage;
use obscura_sdk::Error;

use super::configuration::Configuration;
use super::fault::fault;
use crate::decode::avif::coded::{Coded, Plane, Samples};
use crate::decode::avif::fault::damaged;
use crate::decode::avif::sequence::Sequence;

/// Decodes a stream with the given `sequence`.
pub(super) fn decode(
    configuration: &Configuration<'_>,
    stream: &[u8],
    sequence: &Sequence,
) -> Result<Coded, Error> {
    let image = ResolvedImage { hevc_config: configuration.config()?, data: stream.to_vec() };
    let (sps, picture) = decode_one_image(&image).map_err(fault)?;
    let [left, _, top, _] = sps.conformance_window;
    let planes = [picture.y, picture.cb, picture.cr];
    let count = if sequence.chroma.is_some() { 3 } else { 1 };
    let planes = planes.into_iter().take(count).enumerate().map(|(index, plane)| {
        let (across, down) = sequence.steps(index);
        let columns = sequence.size.width.div_ceil(across) as usize;
        let rows = sequence.size.height.div_ceil(down) as usize;
        part(plane, ((left / across) as usize, (top / down) as usize), (columns, rows))
    });
    Ok(Coded::new(
        planes.collect::<Option<_>>().ok_or_else(|| damaged("HEVC: a plane is too small"))?,
    ))
}

/// The visible part of a plane, without padding.
fn part(
    plane: ctu::Plane,
    (left, top): (usize, usize),
    (columns, rows): (usize, usize),
) -> Option<Plane> {
    let (width, wide) = (plane.width, plane.bit_depth > 8);
    let size = if wide { 2 } else { 1 };
    let samples = plane.into_samples();
    let mut bytes = Vec::with_capacity(columns * rows * size);
    for y in top..top + rows {
        let row = samples.get(y * width + left..)?.get(..columns.min(width.checked_sub(left)?))?;
        if row.len() < columns {
            return None;
        }
        if wide {
            bytes.extend(row.iter().flat_map(|&sample| (sample as u16).to_ne_bytes()));
        } else {
            bytes.extend(row.iter().map(|&sample| sample as u8));
        }
    }
    Some(Plane { samples: Samples::Hevc(bytes), stride: columns * size, columns, rows, wide })
}
