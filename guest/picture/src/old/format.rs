//! File formats, told by their bytes: a name can lie.

use image::ImageFormat;
use obscura_sdk::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The media types that are read.
pub const ACCEPTED: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG; of an animation, the first picture.
    Png,
    /// WebP; of an animation, the first picture.
    Webp,
    /// GIF; of an animation, the first picture.
    Gif,
}

impl Format {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The format in which a picture that came in this one is written: its own,
    /// or PNG for a GIF.
    #[must_use]
    pub fn written(self) -> Self {
        if self == Self::Gif { Self::Png } else { self }
    }

    /// The format of a file.
    ///
    /// # Errors
    /// The file is empty, or in another format: the message names it.
    pub fn of(file: &[u8]) -> Result<Self, Error> {
        if file.is_empty() {
            return Err(Error::Malformed("the object is empty; upload the picture again".into()));
        }
        let other = match image::guess_format(file) {
            Ok(ImageFormat::Jpeg) => return Ok(Self::Jpeg),
            Ok(ImageFormat::Png) => return Ok(Self::Png),
            Ok(ImageFormat::WebP) => return Ok(Self::Webp),
            Ok(ImageFormat::Gif) => return Ok(Self::Gif),
            Ok(other) => other.to_mime_type(),
            Err(_) => "not a picture that is known here",
        };
        Err(Error::UnsupportedFormat(format!(
            "this is {other}; upload a JPEG, PNG, WebP or GIF picture instead"
        )))
    }

    pub(crate) fn of_image(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::Webp => ImageFormat::WebP,
            Self::Gif => ImageFormat::Gif,
        }
    }
}

/// The format of a rendition, as parameters name it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The picture's own format; PNG for a GIF.
    #[default]
    Source,
    /// JPEG, without transparency.
    Jpeg,
    /// PNG.
    Png,
    /// WebP; what is transparent is stored without loss.
    Webp,
}

impl Target {
    /// The format for a picture that came as `source`.
    #[must_use]
    pub fn of(self, source: Format) -> Format {
        match self {
            Self::Source => source.written(),
            Self::Jpeg => Format::Jpeg,
            Self::Png => Format::Png,
            Self::Webp => Format::Webp,
        }
    }

    /// The media types that it can come to, for a plan.
    #[must_use]
    pub fn media_types(self) -> Vec<&'static str> {
        match self {
            Self::Source => vec!["image/jpeg", "image/png", "image/webp"],
            one => vec![one.of(Format::Png).media_type()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_named() {
        for (file, words) in [
            (&b"\0\0\0\x1cftypavif\0\0\0\0"[..], "image/avif"),
            (b"BM\x36\0\0\0", "image/bmp"),
            (b"hello, I am not a picture\n", "not a picture"),
        ] {
            match Format::of(file) {
                Err(Error::UnsupportedFormat(message)) => assert!(message.contains(words)),
                other => panic!("{words}: {other:?}"),
            }
        }
        assert!(matches!(Format::of(b""), Err(Error::Malformed(m)) if m.contains("empty")));
    }

    #[test]
    fn a_plan_has_every_format_that_a_source_can_come_to() {
        let types = Target::Source.media_types();
        for source in [Format::Jpeg, Format::Png, Format::Webp, Format::Gif] {
            assert!(types.contains(&Target::Source.of(source).media_type()));
        }
        assert_eq!(Target::Jpeg.media_types(), ["image/jpeg"]);
    }
}
