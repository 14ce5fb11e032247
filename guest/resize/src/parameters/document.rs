//! All parameters of a step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choices::{Damaged, Target};
use super::rendition::Rendition;

/// The parameters of `resize`: the renditions to make of every picture.
///
/// The defaults are four renditions of quality 80: `thumbnail` (150×150, `cover`,
/// JPEG), `small` (400 wide, WebP), `medium` (1024 wide, JPEG) and `large` (1600
/// wide, JPEG). Pictures too long for WebP become JPEG; those too long for JPEG
/// become PNG.
///
/// A parameter that does not apply to a rendition's formats is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The renditions, at least one, with unique names.
    #[schemars(length(min = 1))]
    pub renditions: Vec<Rendition>,

    /// How to treat truncated and corrupt pictures. Default: `refuse`.
    #[serde(default)]
    pub damaged: Damaged,

    /// The only renditions to make, by name; those of families by the names of
    /// their members. All, if empty. The host sets it where renditions are made on
    /// request. Default: none.
    #[serde(default)]
    #[schemars(extend("x-obscura-only" = true))]
    pub only: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        use Target::{Jpeg, Png, Webp};
        let rendition = |name: &str, width, height, format, fallback: &[Target]| Rendition {
            name: name.to_owned(),
            width: Some(width),
            height,
            format,
            fallback: fallback.to_vec(),
            ..Rendition::default()
        };
        Self {
            damaged: Damaged::Refuse,
            only: Vec::new(),
            renditions: vec![
                rendition("thumbnail", 150, Some(150), Jpeg, &[]),
                rendition("small", 400, None, Webp, &[Jpeg, Png]),
                rendition("medium", 1024, None, Jpeg, &[Png]),
                rendition("large", 1600, None, Jpeg, &[Png]),
            ],
        }
    }
}
