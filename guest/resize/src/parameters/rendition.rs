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
    /// JPEG). If only one of `width` and `height` is given, the other follows from
    /// the picture's aspect ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub width: Option<u32>,

    /// Several widths instead of `width`. The rendition is then a family with one
    /// member per width, named `<name>-<width>`, such as `card-320`. A member is
    /// never wider than the picture. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(min = 1, max = 65535)))]
    pub widths: Vec<u32>,

    /// Height in pixels, 1 to 65535 (16383 for WebP, 32768 for AVIF, 65500 for
    /// JPEG).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub height: Option<u32>,

    /// A factor for `width` and `height`, for screens with several device pixels
    /// per CSS pixel: 0.1 to 10. Default: 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0.1, max = 10))]
    pub pixel_ratio: f64,

    /// How the picture is fitted into `width` × `height` if its aspect ratio is
    /// different. Default: `cover`.
    #[serde(default)]
    pub fit: Fit,

    /// The part of the picture that `cover` keeps, or the place of the picture on
    /// the canvas of `contain`. Default: `center`.
    #[serde(default)]
    pub position: Position,

    /// The point that `cover` keeps as close to the middle as possible, as
    /// fractions of the picture's width and height: `{"x": 0.5, "y": 0.3}`. It
    /// overrides `position`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Focus>,

    /// Whether pictures smaller than the requested size keep their size. `false`
    /// allows enlargement. Default: `true`.
    #[serde(default = "yes", alias = "withoutEnlargement")]
    pub without_enlargement: bool,

    /// Clockwise rotation in degrees, after the orientation in the metadata was
    /// applied and before everything else: 0, 90, 180 or 270. Default: 0.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("enum" = [0, 90, 180, 270]))]
    pub rotate: u32,

    /// Whether the picture is mirrored vertically, after `rotate`. Default:
    /// `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flip: bool,

    /// Whether the picture is mirrored horizontally, after `rotate`. Default:
    /// `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flop: bool,

    /// A border of `background` around the finished picture, in pixels, in addition
    /// to `width` × `height`: `{"top": 8, "right": 8, "bottom": 8, "left": 8}`.
    /// Default: none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pad: Padding,

    /// The resampling filter. Default: `lanczos3`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Filter,

    /// Whether to resample in linear light, which keeps small bright details
    /// bright. It takes several times as long. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub linear: bool,

    /// The standard deviation of a Gaussian blur, in pixels, 0.3 to 100. Default:
    /// no blur.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.3, max = 100))]
    pub blur: Option<f64>,

    /// The standard deviation of an unsharp mask that is applied after scaling, in
    /// pixels, 0.3 to 10. Default: no sharpening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.3, max = 10))]
    pub sharpen: Option<f64>,

    /// Whether to convert to greyscale. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub greyscale: bool,

    /// The colour behind transparent areas in formats without transparency, and of
    /// the canvas of `contain` and `pad`: `#rgb`, `#rrggbb`, `#rrggbbaa` or
    /// `transparent`. Default: `#ffffff`, white.
    #[serde(default)]
    pub background: Background,

    /// The file format. Default: `source`, the format of the picture.
    #[serde(default)]
    pub format: Target,

    /// Several formats instead of `format`: `jpeg`, `png`, `webp`, `gif` and, in
    /// the component `resize-avif`, `avif`. The rendition is then a family with one
    /// member per format, named `<name>-<format>`, or `<name>-<width>-<format>`
    /// with `widths`, such as `card-320-webp`. A single format is not part of the
    /// names. Parameters that do not apply to a member's format apply to the
    /// others. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<Target>,

    /// Formats to use if the picture has more pixels per side than `format` can
    /// hold (16383 for WebP, 32768 for AVIF, 65500 for JPEG, 65535 for GIF):
    /// `jpeg`, `png` or `webp`. The first that can hold the picture is used; JPEG
    /// is skipped for transparent pictures. Default: none; such a picture is
    /// refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<Target>,

    /// The formats that `auto` chooses from: `jpeg`, `webp`, `png` and, in the
    /// component `resize-avif`, `avif`. Default: the first three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub among: Vec<Target>,

    /// The quality of JPEG, AVIF and lossy WebP: 1 (small) to 100 (good), or a
    /// target to search for: `{"score": 75}` is a SSIMULACRA2 score of at least 75
    /// against the rendition before encoding, for each frame; `{"bytes": 50000}` is
    /// a maximum file size. PNG, GIF and lossless WebP have no quality. Default:
    /// 80.
    #[serde(default)]
    pub quality: Quality,

    /// The chroma subsampling of JPEG and AVIF: `4:2:0` stores one colour sample
    /// per four pixels, `4:4:4` one per pixel. Default: `4:2:0`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chroma: Chroma,

    /// Whether JPEG is progressive. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub progressive: bool,

    /// The effort to make AVIF and PNG smaller: 0 (fast) to 5 (small). Default: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 5))]
    pub effort: Option<u32>,

    /// Whether WebP is lossless. Default: `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lossless: bool,

    /// Bits per sample of PNG: 8, or 16 if the source has more than 8. Default: 8.
    #[serde(default = "eight", skip_serializing_if = "is_eight")]
    #[schemars(extend("enum" = [8, 16]))]
    pub depth: u32,

    /// How to treat animations. Default: `first`, the first frame only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub animation: Animation,

    /// How to treat the picture's colour profile. Default: `convert`, to sRGB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profile: Profile,

    /// The metadata to keep. Default: `none`.
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
