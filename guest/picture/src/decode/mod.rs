//! From a file to a frame, no larger than the renditions need.

#[cfg(feature = "avif")]
mod avif;
mod bmp;
mod budget;
mod cmyk;
mod demand;
mod gif;
#[cfg(feature = "heic")]
mod heic;
mod jpeg;
mod planes;
mod png;
mod reduce;
mod riff;
mod rows;
mod tiff;
mod webp;
mod written;

use std::io::Read;

use obscura_sdk::{Error, Limits};

use crate::format::Format;

pub use budget::Budget;
pub use demand::{Demand, Header, Picture};
pub use riff::chunks;
pub(crate) use webp::declared;
pub use written::decode_written;

/// Decode a picture.
pub fn decode(
    format: Format,
    reader: &mut dyn Read,
    limits: Limits,
    demand: &dyn Demand,
) -> Result<Picture, Error> {
    let budget = Budget(limits);
    match format {
        Format::Jpeg => jpeg::decode(reader, budget, demand),
        Format::Png => png::decode(reader, budget, demand),
        Format::Webp => webp::decode(&whole(reader)?, budget, demand),
        Format::Gif => gif::decode(reader, budget, demand),
        Format::Tiff => tiff::decode(&whole(reader)?, budget, demand),
        Format::Bmp => bmp::decode(&whole(reader)?, budget, demand),
        #[cfg(feature = "avif")]
        Format::Avif | Format::Heic => avif::decode(&whole(reader)?, budget, demand),
        #[cfg(not(feature = "avif"))]
        Format::Avif | Format::Heic => {
            Err(Error::Internal("AVIF and HEIC are read by `resize-heif`".into()))
        }
    }
}

/// A file whose format is not read from its start to its end.
fn whole(reader: &mut dyn Read) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    reader.read_to_end(&mut file)?;
    Ok(file)
}
