//! The parameters of one rendition.

use obscura_picture::precise::Filter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::background::Background;
use super::choices::{Animation, Chroma, Fit, Focus, Metadata, Padding, Position, Profile, Target};
use super::quality::Quality;

/// One rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rendition {
    /// Its name, which becomes part of the object's key: 1 to 64 characters of
    /// `a`–`z`, `0`–`9`, `-` and `_`.
    #[schemars(regex(pattern = r"^[a-z0-9_-]{1,64}$"))]
    pub name: String,

    /// Width in pixels, 1 to 65535 (16383 for WebP, 32768 for AVIF, 65500 for
    /// JPEG). One of `width` and `height` may be left out: it then follows from
    /// the picture's proportions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub width: Option<u32>,

    /// Several widths, instead of `width`: the rendition is a family with a member
    /// for each, named `<name>-<width>`, such as `card-320`. A member wider than
    /// the picture is as wide as the picture. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(min = 1, max = 65535)))]
    pub widths: Vec<u32>,

    /// Height in pixels, 1 to 65535 (16383 for WebP, 32768 for AVIF, 65500 for
    /// JPEG).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub height: Option<u32>,

    /// By how much `width` and `height` are multiplied, for screens of several
    /// device pixels a CSS pixel: 0.1 to 10. Default: 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0.1, max = 10))]
    pub pixel_ratio: f64,

    /// How the picture fits into `width` × `height` when its proportions are
    /// other ones. Default: `cover`.
    #[serde(default)]
    pub fit: Fit,

    /// What of the picture is kept by `cover`, or where it lies on the canvas
    /// of `contain`. Default: `center`.
    #[serde(default)]
    pub position: Position,

    /// The point of the picture that `cover` keeps as near to the middle as
    /// possible, as fractions of its width and height: `{"x": 0.5, "y": 0.3}`.
    /// Default: none; `position` decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Focus>,

    /// Whether a picture smaller than asked for keeps its size. Set it to `false`
    /// to allow enlargement. Default: `true`.
    #[serde(default = "yes", alias = "withoutEnlargement")]
    pub without_enlargement: bool,

    /// Degrees by which the upright picture is turned clockwise before
    /// everything else: 0, 90, 180 or 270. Default: 0.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("enum" = [0, 90, 180, 270]))]
    pub rotate: u32,

    /// Whether top and bottom change places, after `rotate`. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flip: bool,

    /// Whether left and right change places, after `rotate`. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flop: bool,

    /// Pixels of `background` that are added around the finished picture, beyond
    /// `width` × `height`: `{"top": 8, "right": 8, "bottom": 8, "left": 8}`.
    /// Default: none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pad: Padding,

    /// The filter that pixels are combined with. Default: `lanczos3`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Filter,

    /// Whether pixels are combined as light adds up instead of as they are
    /// stored, which keeps small bright spots bright. It takes several times as
    /// long. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub linear: bool,

    /// Blur by a Gaussian of this standard deviation in pixels, 0.3 to 100.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.3, max = 100))]
    pub blur: Option<f64>,

    /// Sharpen after scaling, by an unsharp mask of this standard deviation in
    /// pixels, 0.3 to 10. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.3, max = 10))]
    pub sharpen: Option<f64>,

    /// Whether colour is removed. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub greyscale: bool,

    /// What shows through where a picture is transparent but the format cannot
    /// be, and what fills the canvas of `contain` and `pad`: `#rgb`, `#rrggbb`,
    /// `#rrggbbaa` or `transparent`. Default: `#ffffff`, white.
    #[serde(default)]
    pub background: Background,

    /// The file format. Default: `source`, the picture's own.
    #[serde(default)]
    pub format: Target,

    /// Several formats, instead of `format`: `jpeg`, `png`, `webp`, `gif` and, in
    /// the component `resize-avif`, `avif`. The rendition is a family with a
    /// member for each, named `<name>-<format>`, or `<name>-<width>-<format>` if
    /// there are `widths`, too, such as `card-320-webp`; with one format alone the
    /// names do not tell it. Parameters that a member's format does not know are
    /// those of the others. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<Target>,

    /// Formats to take instead, the first one that can, for a picture that has more
    /// pixels a side than `format` can hold (16383 for WebP, 32768 for AVIF, 65500
    /// for JPEG, 65535 for GIF): `jpeg`, `png` or `webp`. JPEG is left to those
    /// that follow if the picture is transparent. Default: none; such a picture is
    /// refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<Target>,

    /// Which formats `auto` chooses from: `jpeg`, `webp`, `png` and, in the component
    /// `resize-avif`, `avif`. Default: the first three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub among: Vec<Target>,

    /// Quality of JPEG, AVIF and lossy WebP: 1 (small) to 100 (good), or a target that
    /// is searched for: `{"score": 75}` is a SSIMULACRA2 score of at least 75
    /// against the rendition before coding, of each frame that is kept,
    /// `{"bytes": 50000}` at most so many bytes. PNG, GIF and WebP without loss have
    /// no quality. Default: 80.
    #[serde(default)]
    pub quality: Quality,

    /// How much colour JPEG and AVIF keep: `4:2:0` is a sample for four pixels, `4:4:4`
    /// one for each. Default: `4:2:0`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chroma: Chroma,

    /// Whether JPEG is written in several scans, coarse to fine. Default:
    /// `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub progressive: bool,

    /// How much time AVIF and PNG take to become smaller: 0 (fast) to 5. Default: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 5))]
    pub effort: Option<u32>,

    /// Whether WebP is written without loss. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lossless: bool,

    /// Bits a sample of PNG: 8, or 16 for what came with more than 8. Default: 8.
    #[serde(default = "eight", skip_serializing_if = "is_eight")]
    #[schemars(extend("enum" = [8, 16]))]
    pub depth: u32,

    /// What becomes of an animation. Default: `first`, its first frame alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub animation: Animation,

    /// What becomes of the picture's colour profile. Default: `convert`, to sRGB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profile: Profile,

    /// Which metadata are kept. Default: `none`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: Metadata,
}

impl Default for Rendition {
    fn default() -> Self {
        Self {
            name: String::new(),
            width: None,
            widths: Vec::new(),
            height: None,
            pixel_ratio: one(),
            fit: Fit::default(),
            position: Position::default(),
            focus: None,
            without_enlargement: yes(),
            rotate: 0,
            flip: false,
            flop: false,
            pad: Padding::default(),
            filter: Filter::default(),
            linear: false,
            blur: None,
            sharpen: None,
            greyscale: false,
            background: Background::default(),
            format: Target::default(),
            formats: Vec::new(),
            fallback: Vec::new(),
            among: Vec::new(),
            quality: Quality::default(),
            chroma: Chroma::default(),
            progressive: false,
            effort: None,
            lossless: false,
            depth: eight(),
            animation: Animation::default(),
            profile: Profile::default(),
            metadata: Metadata::default(),
        }
    }
}

impl Rendition {
    /// Width and height as asked for, in device pixels.
    pub(crate) fn asked(&self) -> (Option<u32>, Option<u32>) {
        let times = |side: u32| match self.pixel_ratio {
            1.0 => side,
            ratio => (f64::from(side) * ratio + 0.5).floor().clamp(1.0, 1e6) as u32,
        };
        (self.width.map(times), self.height.map(times))
    }
}

fn one() -> f64 {
    1.0
}

fn is_one(value: &f64) -> bool {
    *value == 1.0
}

fn yes() -> bool {
    true
}

fn eight() -> u32 {
    8
}

fn is_eight(value: &u32) -> bool {
    *value == 8
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
