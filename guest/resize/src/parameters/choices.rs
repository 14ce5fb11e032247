//! Enumerated parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a picture is fitted into a box with another aspect ratio, as in CSS
/// `object-fit` and in sharp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Fill the box and crop the rest.
    #[default]
    Cover,
    /// Show the whole picture, on a canvas of the box's size.
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

/// One of nine places in a box, named as in CSS or by compass points, or a way to
/// find the most important part of the picture.
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
    /// The part with the most entropy.
    Entropy,
    /// The part with the most edges, saturated colours and skin.
    Attention,
    /// The part with faces, in the component `resize-faces`; as `attention` if
    /// there are none.
    Faces,
}

/// The file format of a rendition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The format of the picture; PNG for GIF, TIFF and BMP (GIF for a GIF that
    /// stays animated); JPEG for HEIC, or PNG if it is transparent.
    #[default]
    Source,
    /// JPEG, without transparency.
    #[serde(alias = "jpg")]
    Jpeg,
    /// PNG, lossless.
    Png,
    /// WebP, lossy unless `lossless` is set.
    Webp,
    /// GIF, of up to 256 colours.
    Gif,
    /// AVIF, in the component `resize-avif`: the smallest files, and by far the
    /// slowest.
    Avif,
    /// The format of `among` with the smallest file, all at the same quality.
    Auto,
}

/// The chroma subsampling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Chroma {
    /// One colour sample per four pixels.
    #[default]
    #[serde(rename = "4:2:0")]
    Quarter,
    /// One colour sample per pixel.
    #[serde(rename = "4:4:4")]
    Full,
}

/// How to treat animations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Animation {
    /// The first frame only.
    #[default]
    First,
    /// All frames, in GIF, WebP and PNG.
    Keep,
    /// Refuse animations.
    Refuse,
}

/// How to treat truncated and corrupt pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Damaged {
    /// Refuse them.
    #[default]
    Refuse,
    /// Render what can be decoded, as viewers do. The rest is grey in JPEG,
    /// transparent or black in other formats. Renditions get the attribute
    /// `damaged`.
    Render,
}

/// How to treat the colour profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Convert colours to sRGB, which browsers assume for pictures without a
    /// profile.
    #[default]
    Convert,
    /// Keep colours as they are and embed the profile in JPEG, PNG and WebP. CMYK
    /// is always converted, and so are AVIF and GIF renditions.
    Keep,
}

/// The metadata to keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Metadata {
    /// None: no location, time or camera.
    #[default]
    None,
    /// Only author, copyright, credit line and licence URL, read from EXIF, IPTC
    /// and XMP, written as EXIF and XMP. AVIF gets only EXIF, GIF nothing.
    Credit,
}

/// A point in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Focus {
    /// Distance from the left edge, as a fraction of the width, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub x: f64,
    /// Distance from the upper edge, as a fraction of the height, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub y: f64,
}

/// A border around a picture, in pixels.
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
