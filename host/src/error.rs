//! Errors of one object, typed by who can fix them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sandbox::Failure;
use crate::store::{StoreError, Undecoded};
use crate::text::clip;

pub use crate::code::{Code, Party};

/// The maximum length of a message. Some quote a component or a document, and are stored in
/// records.
const MAX_MESSAGE_BYTES: usize = 2_000;

/// A permanent failure. It is recorded next to the renditions, and not retried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[error("{code}: {message}")]
pub struct Rejection {
    /// Its stable code.
    pub code: Code,
    /// Who can fix it.
    pub mend: Party,
    /// The cause, in one sentence.
    pub message: String,
    /// The remedy.
    pub remedy: String,
}

/// A temporary failure: the event is returned to be delivered again.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// Its stable code.
    pub code: Code,
    /// The cause, in one sentence.
    pub message: String,
}

/// Why an object was not rendered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Permanent.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Temporary.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Rejection {
    /// A rejection with this code, and the code's owner and remedy.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let (mend, remedy) = (code.owner(), code.remedy().to_owned());
        Self { code, mend, message: clip(message, MAX_MESSAGE_BYTES), remedy }
    }

    /// The same, for a value that the uploader has set.
    #[must_use]
    pub fn of_uploader(mut self) -> Self {
        self.mend = Party::Uploader;
        self.with_remedy("Correct the object's metadata, and upload it again.")
    }

    /// The same, with a more specific remedy.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = clip(remedy, MAX_MESSAGE_BYTES);
        self
    }
}

impl Fault {
    /// A fault with this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: clip(message, MAX_MESSAGE_BYTES) }
    }
}

impl Error {
    /// Its stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Rejected(rejection) => rejection.code,
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
        if error.code().is_transient() {
            return Self::Fault(error.into());
        }
        Self::Rejected(Rejection::new(error.code(), error.to_string()))
    }
}

/// The uploader has to fix the picture's encoding.
impl From<Undecoded> for Rejection {
    fn from(undecoded: Undecoded) -> Self {
        let code = match undecoded {
            Undecoded::Unknown(_) => Code::UnsupportedFormat,
            Undecoded::Damaged(..) => Code::Malformed,
            Undecoded::TooLarge(_) => Code::LimitExceeded,
        };
        Self::new(code, undecoded.to_string())
            .with_remedy("Upload the picture without `Content-Encoding`.")
    }
}

/// A failed run is caused by the picture, the transform or the configuration, unless time ran out
/// or the store failed.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (code, message) = (failure.code(), failure.to_string());
        if code.is_transient() {
            return Self::Fault(Fault::new(code, message));
        }
        Self::Rejected(Rejection::new(code, message))
    }
}
