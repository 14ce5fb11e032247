//! What can go wrong with one object, typed by who can mend it.

use serde::{Deserialize, Serialize};

use crate::sandbox::{Failure, Interruption};
use crate::store::StoreError;

/// Who can mend a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// Whoever uploaded the picture.
    Uploader,
    /// Whoever wrote the transform.
    Author,
    /// Whoever wrote the pipeline document.
    Configurator,
    /// Whoever runs the deployment.
    Operator,
}

/// It would fail again however often it is tried. It is recorded beside the
/// renditions, and not retried.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
#[error("{code}: {message}")]
pub struct Rejection {
    /// Stable; see the README's table.
    pub code: String,
    /// Who can mend it.
    pub mend: Party,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// It may succeed on another try: the event goes back to where it came from.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// Stable; see the README's table.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// Why an object was not rendered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// For good.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// For now.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Rejection {
    /// A rejection with this code.
    pub fn new(
        code: &str,
        mend: Party,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { code: code.to_owned(), mend, message: message.into(), remedy: remedy.into() }
    }
}

impl Fault {
    /// A fault with this code.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Rejected(rejection) => &rejection.code,
            Self::Fault(fault) => fault.code,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// A failed run is the picture's, the transform's or the configuration's
/// fault, save where time or the store ran out.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (code, message) = (failure.code(), failure.to_string());
        let (mend, remedy) = match &failure {
            Failure::UnsupportedFormat(_) => {
                (Party::Uploader, "Upload the picture in a format that the transform reads.")
            }
            Failure::Malformed(_) => {
                (Party::Uploader, "Export the picture again and upload it once more.")
            }
            Failure::LimitExceeded(_) => (
                Party::Uploader,
                "Upload a smaller picture, or raise the route's limits in the pipeline document.",
            ),
            Failure::InvalidParameters(_) => {
                (Party::Configurator, "Correct the route's parameters in the pipeline document.")
            }
            Failure::TimeExceeded { .. } | Failure::MemoryExceeded { .. } => (
                Party::Author,
                "Upload a smaller picture, raise the route's limits, or make the transform \
                 use less.",
            ),
            Failure::OutputExceeded { .. } => {
                (Party::Author, "Emit less, or raise the route's max_output_mib.")
            }
            Failure::Internal(_)
            | Failure::CapabilityDenied { .. }
            | Failure::Trapped(_)
            | Failure::PlanMismatch(_)
            | Failure::NoRenditions { .. }
            | Failure::WorldMismatch(_)
            | Failure::ImportNotAllowed(_) => {
                (Party::Author, "Mend the transform and publish it again.")
            }
            Failure::OutOfTime { .. }
            | Failure::Interrupted(Interruption::Deadline | Interruption::Broken(_))
            | Failure::Host(_) => return Self::Fault(Fault::new(code, message)),
        };
        Self::Rejected(Rejection::new(code, mend, message, remedy))
    }
}
