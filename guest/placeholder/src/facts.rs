//! The JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use obscura_picture::{Format, Picture, Pixels};
use obscura_sdk::Error;
use serde::Serialize;

use crate::parameters::Hash;
use crate::{blurhash, colour};

/// The content of the JSON.
#[derive(Serialize)]
pub(crate) struct Facts {
    /// The width and height of the upright picture in pixels, for the page's layout.
    width: u32,
    height: u32,
    /// `#rrggbb`; null if everything is transparent.
    color: Option<String>,
    /// Whether it has transparency.
    has_alpha: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbhash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blurhash: Option<String>,
    /// The tiny picture, as a data URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<String>,
}

impl Facts {
    /// Compute them from a picture and a small version of it, of up to 100 × 100 pixels.
    pub(crate) fn of(
        picture: &Picture,
        sample: &Pixels,
        hash: Hash,
        inline: Option<(Format, &[u8])>,
    ) -> Self {
        let uri = |(format, file): (Format, &[u8])| {
            format!("data:{};base64,{}", format.media_type(), STANDARD.encode(file))
        };
        Self {
            width: picture.width,
            height: picture.height,
            color: colour::dominant(sample),
            has_alpha: sample.iter().any(|[.., alpha]| alpha < 255),
            thumbhash: (hash == Hash::Thumbhash).then(|| {
                let (width, height) = (sample.width() as usize, sample.height() as usize);
                let pixels: Vec<u8> = sample.iter().flatten().collect();
                STANDARD.encode(thumbhash::rgba_to_thumb_hash(width, height, &pixels))
            }),
            blurhash: (hash == Hash::Blurhash).then(|| blurhash::of(sample)),
            preview: inline.map(uri),
        }
    }

    pub(crate) fn json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|error| Error::Internal(error.to_string()))
    }
}
