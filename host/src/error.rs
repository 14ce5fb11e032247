//! What can go wrong with one object, typed by who can mend it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sandbox::Failure;
use crate::store::{StoreError, Undecoded};
use crate::text::clip;

pub use crate::code::{Code, Party};

/// The longest message. Some quote what a component or a document says, and are
/// kept in records.
const MAX_MESSAGE_BYTES: usize = 2_000;

/// It would fail again however often it is tried. It is recorded beside the
/// renditions, and not retried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[error("{code}: {message}")]
pub struct Rejection {
    /// What it is called.
    pub code: Code,
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
    /// What it is called.
    pub code: Code,
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
    /// A rejection with this code; who can mend it, and how, is the code's.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let (mend, remedy) = (code.owner(), code.remedy().to_owned());
        Self { code, mend, message: clip(message, MAX_MESSAGE_BYTES), remedy }
    }

    /// The same, of what the uploader has asked for.
    #[must_use]
    pub fn of_uploader(mut self) -> Self {
        self.mend = Party::Uploader;
        self.with_remedy("Correct the object's metadata, and upload it again.")
    }

    /// The same, with something better to do about it.
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
    /// What it is called.
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

/// How a picture was compressed for its way is its uploader's matter.
impl From<Undecoded> for Rejection {
    fn from(undecoded: Undecoded) -> Self {
        let code = match undecoded {
            Undecoded::Unknown(_) => Code::UnsupportedFormat,
            Undecoded::Damaged(..) => Code::Malformed,
            Undecoded::TooLarge(_) => Code::LimitExceeded,
        };
        Self::new(code, undecoded.to_string())
            .with_remedy("Upload the picture as it is, without `Content-Encoding`.")
    }
}

/// A failed run is the picture's, the transform's or the configuration's
/// fault, save where time or the store ran out.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (code, message) = (failure.code(), failure.to_string());
        if code.is_transient() {
            return Self::Fault(Fault::new(code, message));
        }
        Self::Rejected(Rejection::new(code, message))
    }
}
