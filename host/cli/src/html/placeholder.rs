//! The background until the picture has loaded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::thumbhash;

/// The placeholder's pixels along each side. ThumbHash has at most seven frequencies, and browsers
/// interpolate.
const SIDE: u32 = 12;
/// The header of a bitmap of 12 × 12 pixels of 24 bits, in base64; see host/page/src/placeholder.js.
const HEADER: &str = "Qk3LAQAAAAAAABsAAAAMAAAADAAMAAEAGAAA";

/// The JSON of the transform `placeholder`.
#[derive(Debug, Deserialize)]
pub(super) struct Placeholder {
    /// The picture's width, upright.
    pub(super) width: u64,
    /// The picture's height, upright.
    pub(super) height: u64,
    color: Option<String>,
    #[serde(default)]
    has_alpha: bool,
    thumbhash: Option<String>,
    preview: Option<String>,
}

impl Placeholder {
    /// A CSS background. Empty for a transparent picture, since it would show through. Values not
    /// in that transform's format are ignored.
    pub(super) fn background(&self) -> Option<String> {
        if self.has_alpha {
            return None;
        }
        let preview = self.preview.clone().filter(|uri| is_picture(uri));
        let uri = preview.or_else(|| bitmap(self.thumbhash.as_deref()?));
        let image = uri.map(|uri| format!("url({uri}) 0 0/100% 100% no-repeat"));
        let layers: Vec<String> =
            self.color.clone().filter(|text| is_colour(text)).into_iter().chain(image).collect();
        (!layers.is_empty()).then(|| format!("background:{}", layers.join(" ")))
    }
}

/// Whether it is `#rrggbb`.
fn is_colour(text: &str) -> bool {
    let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    text.strip_prefix('#').is_some_and(|rest| rest.len() == 6 && rest.bytes().all(digit))
}

/// Whether it is a data URI of a raster picture.
fn is_picture(uri: &str) -> bool {
    let word = |text: &str, also: &[u8]| {
        let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || also.contains(&c);
        !text.is_empty() && text.bytes().all(fits)
    };
    uri.strip_prefix("data:image/")
        .and_then(|rest| rest.split_once(";base64,"))
        .is_some_and(|(format, text)| word(format, b"") && word(text, b"/+="))
}

/// The picture of a ThumbHash as a data URI.
fn bitmap(hash: &str) -> Option<String> {
    let pixels = thumbhash::raster(&STANDARD.decode(hash).ok()?, SIDE, SIDE)?;
    Some(format!("data:image/bmp;base64,{HEADER}{}", STANDARD.encode(pixels)))
}
