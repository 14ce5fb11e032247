//! The output format in parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::Format;

/// The output format in parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The picture's own format; PNG if that cannot be written.
    #[default]
    Source,
    /// JPEG, without transparency.
    Jpeg,
    /// PNG.
    Png,
    /// WebP; lossless if transparent.
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

    /// The possible media types, for a plan.
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
    fn a_plan_has_every_format_that_a_source_can_come_to() {
        let types = Target::Source.media_types();
        for source in Format::READ {
            assert!(types.contains(&Target::Source.of(*source).media_type()));
        }
        assert_eq!(Target::Jpeg.media_types(), ["image/jpeg"]);
    }
}
