//! What browsers do with a rendition that is opened directly.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::extension;

/// The characters that RFC 8187 does not escape in a file name.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The maximum length of the key in a file name, in bytes.
const MAX_STEM_BYTES: usize = 100;

/// What browsers do with a rendition that is opened directly: the header `Content-Disposition`,
/// with a file name such as `photo-card-640.webp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Disposition {
    /// They display it; if it is saved, it has that name.
    Inline,
    /// They save it.
    Attachment,
}

impl Disposition {
    /// The header's value, for a rendition of a picture.
    pub fn header(self, key: &str, rendition: &str, media_type: &str) -> String {
        let word = match self {
            Self::Inline => "inline",
            Self::Attachment => "attachment",
        };
        let file = key.rsplit('/').next().unwrap_or(key);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let stem = crate::text::clip(stem, MAX_STEM_BYTES);
        let name = format!("{stem}-{rendition}.{}", extension(media_type));
        format!("{word}; filename*=UTF-8''{}", utf8_percent_encode(&name, PLAIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_its_picture() {
        let header = |key| Disposition::Attachment.header(key, "card", "image/webp");
        assert_eq!(header("a/b c.jpg"), "attachment; filename*=UTF-8''b%20c-card.webp");
        assert_eq!(header("\"\r\n;.x"), "attachment; filename*=UTF-8''%22%0D%0A%3B-card.webp");
    }
}
