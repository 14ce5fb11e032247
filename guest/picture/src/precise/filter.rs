//! The resampling filters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The resampling filters, which are stretched when reducing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// The nearest pixel.
    Nearest,
    /// A triangle.
    #[serde(alias = "bilinear")]
    Linear,
    /// Catmull and Rom's cubic.
    Cubic,
    /// Mitchell and Netravali's cubic: softer, without ringing.
    Mitchell,
    /// Lanczos' filter of two lobes.
    Lanczos2,
    /// Lanczos' filter of three lobes: the sharpest.
    #[default]
    Lanczos3,
}
