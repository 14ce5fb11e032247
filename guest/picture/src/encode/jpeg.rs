//! JPEG from planes, without conversion to RGB if possible.

use obscura_jpeg::{Rows, Sampling, Settings, encode as write};
use obscura_sdk::Error;

use super::settings::{Extras, Settings as Asked};
use crate::colour::into_ycc;
use crate::frame::{Frame, Raster};

/// Encode an opaque frame.
pub(super) fn encode(frame: Frame, asked: &Asked, extras: Extras<'_>) -> Result<Vec<u8>, Error> {
    let frame = into_ycc(frame, asked.chroma);
    let mut settings = Settings::new(frame.size.width as usize, frame.size.height as usize);
    settings.quality = asked.quality;
    settings.progressive = asked.progressive;
    settings.icc = extras.icc.map(<[u8]>::to_vec);
    if let Some(exif) = extras.exif {
        settings.segments.push((1, [b"Exif\0\0", exif].concat()));
    }
    if let Some(xmp) = extras.xmp {
        settings.segments.push((1, [b"http://ns.adobe.com/xap/1.0/\0", xmp.as_bytes()].concat()));
    }
    let luma = frame.rasters.first().map(|raster| raster.size);
    settings.sampling = match frame.rasters.get(1) {
        None => Sampling::Gray,
        Some(chroma) if Some(chroma.size) == luma && settings.width * settings.height > 1 => {
            Sampling::S444
        }
        Some(_) => Sampling::S420,
    };
    let planes: Vec<Rows<'_>> = frame.rasters.iter().map(rows).collect();
    write(&planes, &settings).map_err(|error| Error::Internal(format!("writing JPEG: {error}")))
}

fn rows(raster: &Raster) -> Rows<'_> {
    let (width, height) = (raster.size.width as usize, raster.size.height as usize);
    Rows { width, height, stride: width, data: &raster.samples }
}
