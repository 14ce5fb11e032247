//! The parameters, as they stand in the pipeline document.

use std::fmt;

use obscura_sdk::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::Format;

/// The parameters of `resize`: the renditions to make of every picture.
///
/// When none are configured, there are four, at quality 80 and never enlarged:
/// `thumbnail` (150×150, `cover`, JPEG), `small` (400 wide, WebP), `medium`
/// (1024 wide, JPEG) and `large` (1600 wide, JPEG).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The renditions, at least one, each with a name of its own.
    #[schemars(length(min = 1))]
    pub renditions: Vec<Rendition>,
}

impl Default for Parameters {
    fn default() -> Self {
        let rendition = |name: &str, width, height, format| Rendition {
            name: name.to_owned(),
            width: Some(width),
            height,
            format,
            without_enlargement: true,
            ..Rendition::default()
        };
        Self {
            renditions: vec![
                rendition("thumbnail", 150, Some(150), Target::Jpeg),
                rendition("small", 400, None, Target::Webp),
                rendition("medium", 1024, None, Target::Jpeg),
                rendition("large", 1600, None, Target::Jpeg),
            ],
        }
    }
}

/// One rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rendition {
    /// Its name, which becomes part of the object's key: 1 to 64 characters of
    /// `a`–`z`, `0`–`9`, `-` and `_`.
    #[schemars(regex(pattern = r"^[a-z0-9_-]{1,64}$"))]
    pub name: String,

    /// Width in pixels, 1 to 65535 (16383 for WebP). One of `width` and `height`
    /// may be left out: it then follows from the picture's proportions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub width: Option<u32>,

    /// Height in pixels, 1 to 65535 (16383 for WebP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub height: Option<u32>,

    /// How the picture fits into `width` × `height` when its proportions are
    /// other ones. Default: `cover`.
    #[serde(default)]
    pub fit: Fit,

    /// What of the picture is kept by `cover`, or where it lies on the canvas
    /// of `contain`. Default: `center`.
    #[serde(default)]
    pub position: Position,

    /// Whether a picture smaller than asked for keeps its size. Default:
    /// `false`; the renditions that are made when none are configured have it
    /// `true`.
    #[serde(default, alias = "withoutEnlargement")]
    pub without_enlargement: bool,

    /// The file format. Default: `source`, the picture's own.
    #[serde(default)]
    pub format: Target,

    /// Quality of JPEG and lossy WebP, 1 (small) to 100 (good). Default: 80.
    #[serde(default = "default_quality")]
    #[schemars(range(min = 1, max = 100))]
    pub quality: u32,

    /// What shows through where a picture is transparent but the format cannot
    /// be, and what fills the canvas of `contain`: `#rgb`, `#rrggbb`,
    /// `#rrggbbaa` or `transparent`. Default: `#ffffff`, white.
    #[serde(default)]
    pub background: Background,
}

impl Default for Rendition {
    fn default() -> Self {
        Self {
            name: String::new(),
            width: None,
            height: None,
            fit: Fit::default(),
            position: Position::default(),
            without_enlargement: false,
            format: Target::default(),
            quality: default_quality(),
            background: Background::default(),
        }
    }
}

fn default_quality() -> u32 {
    80
}

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

/// One of nine places in a box, named as in CSS or as a compass point.
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
}

/// The file format of a rendition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The picture's own format; PNG for a GIF.
    #[default]
    Source,
    /// JPEG, without transparency.
    #[serde(alias = "jpg")]
    Jpeg,
    /// PNG, without loss.
    Png,
    /// WebP, lossy.
    Webp,
}

impl Target {
    /// The format for a picture that came as `source`.
    pub(crate) fn of(self, source: Format) -> Format {
        match self {
            Self::Source if source == Format::Gif => Format::Png,
            Self::Source => source,
            Self::Jpeg => Format::Jpeg,
            Self::Png => Format::Png,
            Self::Webp => Format::Webp,
        }
    }

    /// The formats that it can come to.
    pub(crate) fn possible(self) -> Vec<Format> {
        match self {
            Self::Source => vec![Format::Jpeg, Format::Png, Format::Webp],
            Self::Jpeg => vec![Format::Jpeg],
            Self::Png => vec![Format::Png],
            Self::Webp => vec![Format::Webp],
        }
    }
}

/// A colour with its opacity, as in CSS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Background {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// 0 is transparent, 255 opaque.
    pub alpha: u8,
}

impl Default for Background {
    fn default() -> Self {
        Self { rgb: [255; 3], alpha: 255 }
    }
}

impl TryFrom<String> for Background {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not a colour; write `#rrggbb`, `#rgb`, `#rrggbbaa` or `transparent`"
            )
        };
        if text == "transparent" {
            return Ok(Self { rgb: [0; 3], alpha: 0 });
        }
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        let nibbles: Vec<u8> = digits
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        match *nibbles.as_slice() {
            [r, g, b] => Ok(Self { rgb: [r * 17, g * 17, b * 17], alpha: 255 }),
            [r, s, g, h, b, c] => {
                Ok(Self { rgb: [r * 16 + s, g * 16 + h, b * 16 + c], alpha: 255 })
            }
            [r, s, g, h, b, c, a, d] => {
                Ok(Self { rgb: [r * 16 + s, g * 16 + h, b * 16 + c], alpha: a * 16 + d })
            }
            _ => Err(wrong()),
        }
    }
}

impl From<Background> for String {
    fn from(colour: Background) -> Self {
        colour.to_string()
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        match self.alpha {
            255 => write!(f, "#{r:02x}{g:02x}{b:02x}"),
            alpha => write!(f, "#{r:02x}{g:02x}{b:02x}{alpha:02x}"),
        }
    }
}

/// Parameters that were checked: the only way to a rendering.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) renditions: &'a [Rendition],
}

impl<'a> Plan<'a> {
    /// Check what types cannot say.
    pub(crate) fn of(parameters: &'a Parameters) -> Result<Self, Error> {
        let renditions = parameters.renditions.as_slice();
        if renditions.is_empty() {
            return Err(Error::InvalidParameters(
                "`renditions` is empty; name at least one rendition".into(),
            ));
        }
        for (index, rendition) in renditions.iter().enumerate() {
            let wrong = |field: &str, what: String| {
                Error::InvalidParameters(format!("`renditions[{index}].{field}`: {what}"))
            };
            let name = rendition.name.as_str();
            let allowed =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
            if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
                return Err(wrong(
                    "name",
                    format!("`{name}` is not a name; use 1 to 64 characters of a–z, 0–9, - and _"),
                ));
            }
            if renditions.iter().take(index).any(|earlier| earlier.name == name) {
                return Err(wrong(
                    "name",
                    format!("`{name}` is there already; give each rendition its own"),
                ));
            }
            if rendition.width.is_none() && rendition.height.is_none() {
                return Err(wrong(
                    "width",
                    "missing, and so is `height`; give one of them, or both".into(),
                ));
            }
            let largest =
                rendition.format.possible().iter().map(|f| f.max_side()).min().unwrap_or(0);
            for (field, side) in [("width", rendition.width), ("height", rendition.height)] {
                if let Some(side) = side.filter(|side| !(1..=largest).contains(side)) {
                    let unit = match rendition.format {
                        Target::Webp => "for WebP ",
                        Target::Source => "for `source`, which can be WebP, ",
                        Target::Jpeg | Target::Png => "",
                    };
                    return Err(wrong(
                        field,
                        format!("{side} pixels; {unit}choose 1 to {largest}"),
                    ));
                }
            }
            if !(1..=100).contains(&rendition.quality) {
                return Err(wrong(
                    "quality",
                    format!("{} is out of range; choose 1 to 100", rendition.quality),
                ));
            }
        }
        Ok(Self { renditions })
    }
}
