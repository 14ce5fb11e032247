//! Refusals of components.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::sandbox::Failure;

/// The steps of the gate, in order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Size and file format.
    File,
    /// Imports and exports.
    World,
    /// Declared resources.
    Resources,
    /// Compilation.
    Compile,
    /// Instantiation, and the result of `describe`.
    Describe,
    /// The parameter schema and the defaults.
    Schema,
    /// The plan, also with the parameters of live routes.
    Plan,
    /// Golden pictures.
    Golden,
    /// Storing and activating it.
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

/// Why a component was refused. Its author has to fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The step that refused it.
    pub step: Step,
    /// Its stable code.
    pub code: Code,
    /// The cause, in one sentence.
    pub message: String,
    /// The remedy.
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

    /// A failed run during `what`.
    pub(crate) fn of_failure(step: Step, what: &str, failure: &Failure) -> Self {
        let remedy = match failure {
            Failure::TimeExceeded { .. } => "Make it finish: look for loops that depend on input.",
            Failure::MemoryExceeded { .. } => {
                "Use less memory, and check `limits` before allocating."
            }
            Failure::OutputExceeded { .. } => "Emit less.",
            Failure::CapabilityDenied { .. } => "Remove the call: a transform has no capabilities.",
            Failure::Trapped(_) => {
                "Return an error instead of panicking; `obscura render` shows what it wrote."
            }
            Failure::PlanMismatch(_) | Failure::NoRenditions { .. } => {
                "Emit exactly what `plan` announces, once each."
            }
            Failure::ImportNotAllowed(imports) => &imports.remedy(),
            Failure::DescriptionInvalid(_) => "Correct what `describe` returns.",
            Failure::MediaTypeNotAllowed { .. } => {
                "Plan pictures, JSON, plain text or octets: types that a browser executes, such \
                 as HTML or SVG, are not served."
            }
            Failure::MediaTypeWrong(_) => {
                "Announce what is emitted: pictures are served with this media type."
            }
            Failure::WorldMismatch(_) => "Build it against wit/transform.wit, as it is.",
            Failure::InvalidParameters(_) => {
                "Accept in `transform` whatever parameters `plan` accepts."
            }
            _ => "Return the contract's error for it.",
        };
        let message = format!("{what}: {failure}");
        Self { step, code: failure.code(), message, remedy: remedy.to_owned() }
    }
}
