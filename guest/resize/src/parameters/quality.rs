//! Quality, as a number or as a target.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The quality, or a target for it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a number of 1 to 100, `{\"score\": N}` or `{\"bytes\": N}` is expected"
)]
pub enum Quality {
    /// On libjpeg's scale, 1 to 100.
    Number(u32),
    /// A target to search for.
    Target(Goal),
}

/// The target of a search for the quality.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// The minimum SSIMULACRA2 score, 30 (visibly worse) to 95: at 90 the
    /// difference is invisible, at 70 visible only side by side. The smallest file
    /// that reaches it is used; the best one if none does.
    Score(f64),
    /// The maximum number of bytes, at least 100. The best file that fits is used;
    /// the smallest one if none does, with the attribute `target` set to `missed`.
    Bytes(u64),
}

impl Quality {
    /// What is taken where there is no number.
    pub(crate) const DEFAULT: u32 = 80;

    /// The number, where one is given.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Number(number) => number.clamp(1, 100) as u8,
            Self::Target(_) => Self::DEFAULT as u8,
        }
    }
}

impl Default for Quality {
    fn default() -> Self {
        Self::Number(Self::DEFAULT)
    }
}
