//! The parameters from the pipeline document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use obscura_picture::Target;
use obscura_sdk::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a mark's data URI starts with.
pub(crate) const PREFIX: &str = "data:image/png;base64,";

/// The mark that is used when none is configured: a copyright sign in white with
/// a dark rim.
const COPYRIGHT: &[u8] = include_bytes!("copyright.png");

/// The parameters of `watermark`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// The watermark: a PNG, preferably with transparency, as a data URI
    /// (`data:image/png;base64,…`), of up to a million pixels. Default: a copyright
    /// sign.
    #[schemars(regex(pattern = r"^data:image/png;base64,"))]
    pub overlay: String,

    /// The position of the watermark. Default: `right-bottom`.
    pub position: Position,

    /// The offset from that position.
    pub offset: Offset,

    /// The width of the watermark as a fraction of the picture's width, above 0 and
    /// up to 1; the height follows. It is made smaller if it would be higher than
    /// the picture. Default: 0.15.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1.0))]
    pub width: f64,

    /// The opacity of the watermark, 0 to 1, in addition to its own. Default: 0.7.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub opacity: f64,

    /// Whether the watermark is repeated over the whole picture, starting at its
    /// position. Default: `false`.
    pub tile: bool,

    /// The gap between repeated watermarks, as a fraction of the watermark's width
    /// and height, 0 to 10. Default: 0.5.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub gap: f64,

    /// The file format. Default: `source`, the format of the picture.
    pub format: Target,

    /// The quality of JPEG and of opaque WebP, 1 (small) to 100 (good). Default:
    /// 85.
    #[schemars(range(min = 1, max = 100))]
    pub quality: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            overlay: format!("{PREFIX}{}", STANDARD.encode(COPYRIGHT)),
            position: Position::default(),
            offset: Offset::default(),
            width: 0.15,
            opacity: 0.7,
            tile: false,
            gap: 0.5,
            format: Target::default(),
            quality: 85,
        }
    }
}

/// One of nine positions in the picture, named as in CSS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// The middle.
    Center,
    /// The middle of the upper edge.
    Top,
    /// The upper right corner.
    RightTop,
    /// The middle of the right edge.
    Right,
    /// The lower right corner.
    #[default]
    RightBottom,
    /// The middle of the lower edge.
    Bottom,
    /// The lower left corner.
    LeftBottom,
    /// The middle of the left edge.
    Left,
    /// The upper left corner.
    LeftTop,
}

/// An offset from the edges that the position names, into the picture; from the
/// middle, to the right and down. -1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Offset {
    /// As a fraction of the picture's width. Default: 0.02.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub x: f64,
    /// As a fraction of the picture's height. Default: 0.02.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub y: f64,
}

impl Default for Offset {
    fn default() -> Self {
        Self { x: 0.02, y: 0.02 }
    }
}

impl Parameters {
    /// Check what types cannot say.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let wrong = |field: &str, value: f64, choose: &str| {
            Err(Error::InvalidParameters(format!(
                "`{field}`: {value} is out of range; choose {choose}"
            )))
        };
        if !(self.width > 0.0 && self.width <= 1.0) {
            return wrong("width", self.width, "a share above 0 and up to 1");
        }
        for (field, value, range, choose) in [
            ("opacity", self.opacity, 0.0..=1.0, "0 to 1"),
            ("gap", self.gap, 0.0..=10.0, "0 to 10"),
            ("offset.x", self.offset.x, -1.0..=1.0, "-1 to 1"),
            ("offset.y", self.offset.y, -1.0..=1.0, "-1 to 1"),
            ("quality", f64::from(self.quality), 1.0..=100.0, "1 to 100"),
        ] {
            if !range.contains(&value) {
                return wrong(field, value, choose);
            }
        }
        Ok(())
    }
}
