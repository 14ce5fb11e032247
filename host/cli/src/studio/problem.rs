//! Errors of requests: as JSON, with a code and a remedy.

use http::StatusCode;
use obscura::code::Code;
use obscura::error::{Error, Fault, Rejection};
use obscura::gate::Refusal;
use obscura::release::ChangeError;
use obscura::sandbox::Failure;
use obscura::store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

/// An error and its remedy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Trouble {
    /// A code that never changes its meaning.
    pub(crate) code: String,
    /// The cause, in one sentence.
    pub(crate) message: String,
    /// The remedy.
    pub(crate) remedy: String,
}

/// Why a request failed.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(super) status: StatusCode,
    pub(crate) trouble: Trouble,
}

impl Trouble {
    pub(crate) fn of(code: Code, message: impl ToString) -> Self {
        let (code, remedy) = (code.as_str().to_owned(), code.remedy().to_owned());
        Self { code, message: message.to_string(), remedy }
    }
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, message: &str, remedy: &str) -> Self {
        let [code, message, remedy] = [code, message, remedy].map(str::to_owned);
        Self { status, trouble: Trouble { code, message, remedy } }
    }

    /// The request itself is wrong.
    pub(crate) fn asked(message: &str, remedy: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", message, remedy)
    }

    /// The named object does not exist.
    pub(crate) fn missing(message: &str, remedy: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message, remedy)
    }

    fn coded(code: Code, message: impl ToString) -> Self {
        let status = match code {
            code if code.is_of_store() => StatusCode::BAD_GATEWAY,
            code if code.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self { status, trouble: Trouble::of(code, message) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::coded(error.code(), error)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::coded(fault.code, fault.message)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::coded(failure.code(), &failure)
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let Rejection { code, message, remedy, .. } = rejection;
        let mut problem = Self::coded(code, message);
        problem.trouble.remedy = remedy;
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => rejection.into(),
            Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, message, remedy, .. } = refusal;
        Self { code: code.as_str().to_owned(), message, remedy }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let trouble = Trouble::of(error.code(), &error);
        Self { status: StatusCode::CONFLICT, trouble }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "failed",
            &format!("{error:#}"),
            "Check what the message names, and try again.",
        )
    }
}
