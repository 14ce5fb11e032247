//! How an invocation fails.

use serde_json::{Value, json};

/// A failed invocation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct FunctionError {
    /// Which way it failed.
    pub kind: FunctionErrorKind,
    /// The type that the function gave, or Lambda's own (`Sandbox.Timedout`, `Runtime.ExitError`).
    pub error_type: String,
    /// What happened, for people.
    pub message: String,
    /// The whole answer, as the caller of a function sees it.
    pub payload: Value,
}

/// Which way an invocation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionErrorKind {
    /// The function answered that it failed.
    Handler,
    /// It took too long and was killed.
    Timeout,
    /// The process ended in the middle.
    Exit,
    /// The process did not come as far as asking for an event.
    Init,
    /// It was done, and its answer was not taken where answers go.
    Destination,
    /// The server stopped first; nothing is known about the outcome.
    Shutdown,
}

impl FunctionError {
    pub(crate) fn new(kind: FunctionErrorKind, error_type: &str, message: String) -> Self {
        Self {
            kind,
            error_type: error_type.to_owned(),
            payload: json!({ "errorType": error_type, "errorMessage": message }),
            message,
        }
    }

    /// What a function posted as its error, which ought to have a type and a message.
    pub(crate) fn posted(kind: FunctionErrorKind, body: &[u8]) -> Self {
        let payload = serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()));
        let field = |name: &str| payload.get(name)?.as_str().map(str::to_owned);
        Self {
            kind,
            error_type: field("errorType").unwrap_or_else(|| "Error".to_owned()),
            message: field("errorMessage").unwrap_or_else(|| payload.to_string()),
            payload,
        }
    }
}
