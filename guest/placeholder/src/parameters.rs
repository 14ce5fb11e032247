//! The parameters from the pipeline document.

use obscura_picture::Format;
use obscura_sdk::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The parameters of `placeholder`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// The hash in the JSON. Default: `thumbhash`.
    pub hash: Hash,

    /// The longer side of the tiny picture in pixels, 1 to 100. Default: 32.
    #[schemars(range(min = 1, max = 100))]
    pub size: u32,

    /// The format of the tiny picture. Default: `webp`.
    pub format: Preview,

    /// Whether the JSON also contains the tiny picture as a data URI. Default:
    /// `false`.
    pub inline: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { hash: Hash::default(), size: 32, format: Preview::default(), inline: false }
    }
}

/// A short string that a script in the page turns into a blurred picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Hash {
    /// ThumbHash in Base64, which includes the aspect ratio and opacity
    /// (<https://evanw.github.io/thumbhash/>).
    #[default]
    Thumbhash,
    /// BlurHash, in base 83 (<https://blurha.sh>).
    Blurhash,
    /// None.
    None,
}

/// The format of the tiny picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preview {
    /// WebP.
    #[default]
    Webp,
    /// PNG.
    Png,
    /// JPEG, without transparency.
    Jpeg,
}

impl Preview {
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Webp => Format::Webp,
            Self::Png => Format::Png,
            Self::Jpeg => Format::Jpeg,
        }
    }
}

impl Parameters {
    /// Check what types cannot say.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if (1..=100).contains(&self.size) {
            return Ok(());
        }
        Err(Error::InvalidParameters(format!(
            "`size`: {} is out of range; choose 1 to 100",
            self.size
        )))
    }
}
