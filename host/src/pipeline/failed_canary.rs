//! Canaries that failed on a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost::Cost;
use crate::component::Trial;
use crate::digest::Digest;
use crate::error::{Code, Error};

/// A canary that failed to render a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailedCanary {
    /// The component's SHA-256 digest.
    pub digest: Digest,
    /// The stable code.
    pub code: Code,
    /// The error, in one sentence.
    pub message: String,
    /// It never read the picture, so the picture cannot be the cause.
    #[serde(skip)]
    pub(super) at_loading: bool,
    /// It failed in another event, which has already been counted.
    #[serde(skip)]
    pub(super) counted: bool,
}

/// A step that takes part in a trial.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) trial: Trial,
    pub(super) label: String,
    /// The canary that failed on it.
    pub(super) failed: Option<FailedCanary>,
    /// The component that ran last, its result, and its cost.
    pub(super) ran: Option<(Digest, Result<(), Code>, Cost)>,
}

impl FailedCanary {
    pub(super) fn new(digest: Digest, error: &Error) -> Self {
        let message = match error {
            Error::Rejected(rejection) => rejection.message.clone(),
            Error::Fault(fault) => fault.message.clone(),
        };
        Self { digest, code: error.code(), message, at_loading: false, counted: false }
    }

    /// A canary to skip, though it did not fail.
    pub(super) fn set_aside(digest: Digest) -> Self {
        let (code, message) = (Code::Internal, String::new());
        Self { digest, code, message, at_loading: false, counted: true }
    }
}
