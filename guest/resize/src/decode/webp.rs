//! WebP. Its decoder goes back and forth, so the file is read whole.

use std::io::{self, Cursor, Read};

use image_webp::{DecodingError, WebPDecoder};
use obscura_sdk::Error;

use super::rows::{Rows, reduction};
use super::{Budget, Demand, Header, Picture};
use crate::frame::Kind;
use crate::geometry::Size;
use crate::orientation::Orientation;
use crate::profile::Embedded;

pub(super) fn decode(
    mut reader: impl Read,
    budget: Budget,
    demand: &impl Demand,
) -> Result<Picture, Error> {
    let mut file = Vec::new();
    reader.read_to_end(&mut file)?;
    let bytes = file.len() as u64;
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(|error| fault(&error))?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    budget.pixels(size)?;
    // Planes of the decoder, and the pixels made of them.
    budget.memory(size, size.pixels().saturating_mul(7).saturating_add(bytes))?;
    if decoder.is_animated() && decoder.num_frames() == 0 {
        return Err(Error::Malformed("the WebP animation has no frames".into()));
    }

    let exif = decoder.exif_metadata().ok().flatten();
    let orientation = exif.as_deref().map_or(Orientation::UPRIGHT, Orientation::from_exif);
    let header = Header { size, orientation };
    let factor = reduction(demand.scale(header)?);

    let icc = decoder.icc_profile().ok().flatten();
    let (kind, channels) = if decoder.has_alpha() { (Kind::Rgba, 4) } else { (Kind::Rgb, 3) };
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap_or(0)];
    decoder.read_image(&mut pixels).map_err(|error| fault(&error))?;
    drop(decoder);
    let mut rows = Rows::new(kind, size, factor, icc.is_none() && demand.takes_chroma(header));
    for row in pixels.chunks_exact_mut(width as usize * channels) {
        rows.push(row);
    }
    let frame = rows.finish();
    let profile = icc.map(|icc| Embedded::read(icc, frame.kind));
    Ok(Picture { header, frame, profile, exif, deep: None })
}

fn fault(error: &DecodingError) -> Error {
    match error {
        DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Malformed("the WebP file is cut short; upload it again".into())
        }
        other => Error::Malformed(format!("the WebP file is damaged: {other}")),
    }
}
