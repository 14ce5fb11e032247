//! Checks of a rendition's header. Nothing is decoded here, as decoding untrusted data is a risk.

use imagesize::ImageError;

use crate::code::Code;
use crate::document::sniff;
use crate::gate::{Refusal, Step};
use crate::sandbox::Rendition;

/// The formats whose dimensions are read.
const MEASURED: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// How a rendition differs from its announcement.
pub(super) enum Fault {
    MediaType { announced: String, found: &'static str },
    Dimensions { announced: (u32, u32), found: (usize, usize) },
    Unreadable(ImageError),
}

/// Compare media type and dimensions with the header. The sandbox has checked that a picture is
/// one.
pub(super) fn check(rendition: &Rendition) -> Result<(), Fault> {
    // Without parameters such as `charset`.
    let announced = rendition.media_type.split(';').next().unwrap_or_default().trim();
    let found = sniff(&rendition.body);
    // Only pictures can be recognised from their bytes.
    if (announced.starts_with("image/") || found.starts_with("image/")) && announced != found {
        return Err(Fault::MediaType { announced: announced.to_owned(), found });
    }
    if !MEASURED.contains(&found) {
        return Ok(());
    }
    let size = imagesize::blob_size(&rendition.body).map_err(Fault::Unreadable)?;
    let (width, height) = (rendition.width, rendition.height);
    if (u64::from(width), u64::from(height)) == (size.width as u64, size.height as u64) {
        return Ok(());
    }
    Err(Fault::Dimensions { announced: (width, height), found: (size.width, size.height) })
}

impl Fault {
    pub(super) fn refusal(self, subject: &str, name: &str) -> Refusal {
        match self {
            Self::MediaType { announced, found } => Refusal::new(
                Code::MediaTypeWrong,
                Step::Golden,
                format!(
                    "{subject}: `{name}` is announced as {announced}, but its bytes are {found}"
                ),
                "Announce what is emitted: pictures are served with this media type.",
            ),
            Self::Dimensions { announced, found } => Refusal::new(
                Code::DimensionsWrong,
                Step::Golden,
                format!(
                    "{subject}: `{name}` is announced as {} × {}, but its header says {} × {}",
                    announced.0, announced.1, found.0, found.1
                ),
                "Announce the dimensions of the encoded file.",
            ),
            Self::Unreadable(error) => Refusal::new(
                Code::RenditionMalformed,
                Step::Golden,
                format!("{subject}: the header of `{name}` cannot be read: {error}"),
                "Check that the encoder was finished.",
            ),
        }
    }
}
