//! The parameters, as they stand in the pipeline document.

mod background;
mod choices;
mod plan;
mod quality;
mod rendition;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use background::Background;
pub use choices::{
    Animation, Chroma, Filter, Fit, Focus, Metadata, Padding, Position, Profile, Target,
};
pub(crate) use plan::Plan;
pub use quality::{Goal, Quality};
pub use rendition::Rendition;

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
