//! Why a component was refused.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::sandbox::Failure;

/// A step of the gate, in their order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// It is a component of an allowed size.
    File,
    /// Its imports and exports are the world's.
    World,
    /// What it declares fits the limits.
    Resources,
    /// It compiles.
    Compile,
    /// It starts, and says what it is.
    Describe,
    /// Its schema is one, and its defaults satisfy it.
    Schema,
    /// Its plan is pure, and suits the live routes.
    Plan,
    /// It renders the golden pictures.
    Golden,
    /// It is stored and made active.
    Activate,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::World => "world",
            Self::Resources => "resources",
            Self::Compile => "compile",
            Self::Describe => "describe",
            Self::Schema => "schema",
            Self::Plan => "plan",
            Self::Golden => "golden",
            Self::Activate => "activate",
        })
    }
}

/// Why a component was refused. It is its author who can mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The step that refused it.
    pub step: Step,
    /// What it is called.
    pub code: Code,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to change.
    pub remedy: String,
}

impl Refusal {
    /// A refusal with this code.
    pub(crate) fn new(
        code: Code,
        step: Step,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { step, code, message: message.into(), remedy: remedy.into() }
    }

    /// A run that failed, while the gate asked for `what`.
    pub(crate) fn of_failure(step: Step, what: &str, failure: &Failure) -> Self {
        let remedy = match failure {
            Failure::TimeExceeded { .. } => "Make it finish: look for loops that depend on input.",
            Failure::MemoryExceeded { .. } => "Take less memory, and check `limits` before it.",
            Failure::OutputExceeded { .. } => "Emit less.",
            Failure::CapabilityDenied { .. } => "Do without: a transform is granted nothing.",
            Failure::Trapped(_) => {
                "Return an error instead of panicking; `obscura render` shows what it wrote."
            }
            Failure::PlanMismatch(_) | Failure::NoRenditions { .. } => {
                "Emit exactly what `plan` announces, once each."
            }
            Failure::ImportNotAllowed(imports) => &imports.remedy(),
            Failure::DescriptionInvalid(_) => "Correct what `describe` returns.",
            Failure::MediaTypeNotAllowed { .. } => {
                "Plan pictures, JSON, plain text or octets: what a browser runs, such as HTML or \
                 SVG, is not served."
            }
            Failure::MediaTypeWrong(_) => {
                "Announce what is emitted: pictures are served with this media type."
            }
            Failure::WorldMismatch(_) => "Build it against wit/transform.wit, as it is.",
            Failure::InvalidParameters(_) => {
                "Accept in `transform` whatever parameters `plan` accepts."
            }
            _ => "Return the error that the contract has for it.",
        };
        let message = format!("{what}: {failure}");
        Self { step, code: failure.code(), message, remedy: remedy.to_owned() }
    }
}
