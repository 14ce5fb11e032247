//! Enumerated parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a picture fits into a box of other proportions, as in CSS `object-fit`
/// and in sharp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Fill the box and crop what hangs over.
    #[default]
    Cover,
    /// Show all of the picture, on a canvas of the box's size.
    Contain,
    /// Stretch to the box.
    Fill,
    /// As large as possible, with neither side larger than the box.
    Inside,
    /// As small as possible, with neither side smaller than the box.
    Outside,
}

/// Whether `position` can be `faces`.
pub(crate) const FACES_ARE_FOUND: bool = cfg!(feature = "faces");

/// One of nine places in a box, named as in CSS or as a compass point, or a way
/// to find one in the picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// The middle.
    #[default]
    #[serde(alias = "centre")]
    Center,
    /// The middle of the upper edge.
    #[serde(alias = "north")]
    Top,
    /// The upper right corner.
    #[serde(alias = "top-right", alias = "right top", alias = "top right", alias = "northeast")]
    RightTop,
    /// The middle of the right edge.
    #[serde(alias = "east")]
    Right,
    /// The lower right corner.
    #[serde(
        alias = "bottom-right",
        alias = "right bottom",
        alias = "bottom right",
        alias = "southeast"
    )]
    RightBottom,
    /// The middle of the lower edge.
    #[serde(alias = "south")]
    Bottom,
    /// The lower left corner.
    #[serde(
        alias = "bottom-left",
        alias = "left bottom",
        alias = "bottom left",
        alias = "southwest"
    )]
    LeftBottom,
    /// The middle of the left edge.
    #[serde(alias = "west")]
    Left,
    /// The upper left corner.
    #[serde(alias = "top-left", alias = "left top", alias = "top left", alias = "northwest")]
    LeftTop,
    /// Where the most is to be seen: what is cut off has the least entropy.
    Entropy,
    /// Where the most edges and the most skin are.
    Attention,
    /// Where faces are, in the component `resize-faces`; as `attention` in a picture without any.
    Faces,
}

/// The file format of a rendition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The picture's own format; PNG for GIF, TIFF and BMP (GIF for a GIF that
    /// stays animated); JPEG for HEIC, or PNG if it is not opaque.
    #[default]
    Source,
    /// JPEG, without transparency.
    #[serde(alias = "jpg")]
    Jpeg,
    /// PNG, without loss.
    Png,
    /// WebP, lossy unless `lossless` is set.
    Webp,
    /// GIF, of up to 256 colours.
    Gif,
    /// AVIF, which the component `resize-avif` reads and writes: the smallest, and
    /// by far the slowest.
    Avif,
    /// The smallest of those that `among` allows, all of the same quality.
    Auto,
}

/// How much colour JPEG keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Chroma {
    /// A sample for four pixels.
    #[default]
    #[serde(rename = "4:2:0")]
    Quarter,
    /// A sample for each pixel.
    #[serde(rename = "4:4:4")]
    Full,
}

/// What becomes of an animation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Animation {
    /// Its first frame alone.
    #[default]
    First,
    /// All frames, in GIF, WebP and PNG.
    Keep,
    /// The picture is refused.
    Refuse,
}

/// What becomes of a picture of which a part is missing or broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Damaged {
    /// It is refused.
    #[default]
    Refuse,
    /// What is there is rendered, as viewers show it; the rest is grey in JPEG, transparent or
    /// black elsewhere. Renditions have the attribute `damaged` then.
    Render,
}

/// What becomes of the picture's colour profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Colours are converted to sRGB, which is what a browser takes a picture
    /// without a profile for.
    #[default]
    Convert,
    /// Colours stay as they are, and JPEG, PNG and WebP get the profile. CMYK is
    /// converted in any case, and so is what becomes AVIF or GIF.
    Keep,
}

/// Which metadata are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Metadata {
    /// None: neither place nor time nor camera leaves with a rendition.
    #[default]
    None,
    /// Author, copyright, credit line and the address of the licence alone, from
    /// EXIF, IPTC and XMP, as EXIF and XMP. AVIF gets EXIF alone, GIF none.
    Credit,
}

/// A point of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Focus {
    /// From its left edge, as a fraction of its width, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub x: f64,
    /// From its upper edge, as a fraction of its height, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub y: f64,
}

/// Pixels that are added around a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Padding {
    /// Above it.
    pub top: u32,
    /// On its right.
    pub right: u32,
    /// Below it.
    pub bottom: u32,
    /// On its left.
    pub left: u32,
}

impl Target {
    /// Its word in the parameters, and in names of renditions.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
            Self::Auto => "auto",
        }
    }
}

impl Padding {
    /// The most pixels of a side.
    pub(crate) const MOST: u32 = 16_383;

    /// All four.
    pub(crate) fn sides(self) -> [(&'static str, u32); 4] {
        let Self { top, right, bottom, left } = self;
        [("top", top), ("right", right), ("bottom", bottom), ("left", left)]
    }
}
