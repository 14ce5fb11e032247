//! Delivery's own error responses, which are never cached.

use hyper::StatusCode;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use serde_json::json;

use super::answer::Answer;
use super::path::{Hostile, LONGEST_URL};
use crate::lambda::{FunctionError, FunctionErrorKind};

/// The header with the error code.
const CODE: HeaderName = HeaderName::from_static("x-obscura-code");

/// Why a request failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    Method,
    LongUrl,
    LongHead,
    Path(Hostile),
    NotFound,
    /// The requested range is outside an object of this size.
    Range(u64),
    Bucket,
    Busy,
    Function(FunctionError),
    Unreadable(&'static str),
    Stopped,
}

impl Failure {
    /// The error response.
    pub(super) fn answer(&self) -> Answer {
        let (status, code) = self.kind();
        let (message, remedy) = self.words();
        let body = json!({ "code": code, "message": message, "remedy": remedy }).to_string();
        let mut answer = Answer::in_memory(status, body);
        let mut set = |name, value| answer.headers.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, "application/json");
        set(CACHE_CONTROL, "no-store");
        set(CODE, code);
        match status {
            StatusCode::METHOD_NOT_ALLOWED => drop(set(ALLOW, "GET, HEAD")),
            StatusCode::SERVICE_UNAVAILABLE => drop(set(RETRY_AFTER, "1")),
            _ => {}
        }
        if let Self::Range(size) = self
            && let Ok(range) = HeaderValue::try_from(format!("bytes */{size}"))
        {
            answer.headers.insert(CONTENT_RANGE, range);
        }
        answer
    }

    fn kind(&self) -> (StatusCode, &'static str) {
        use FunctionErrorKind as Kind;
        match self {
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"),
            Self::LongUrl => (StatusCode::URI_TOO_LONG, "url-too-long"),
            Self::LongHead => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-long"),
            Self::Path(_) => (StatusCode::BAD_REQUEST, "path-refused"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::Range(_) => (StatusCode::RANGE_NOT_SATISFIABLE, "range-not-satisfiable"),
            Self::Bucket => (StatusCode::SERVICE_UNAVAILABLE, "bucket-unavailable"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Function(error) => match error.kind {
                Kind::Handler | Kind::Exit | Kind::Destination => {
                    (StatusCode::BAD_GATEWAY, "function-failed")
                }
                Kind::Timeout => (StatusCode::GATEWAY_TIMEOUT, "function-timed-out"),
                Kind::Init | Kind::Shutdown => {
                    (StatusCode::SERVICE_UNAVAILABLE, "function-unavailable")
                }
            },
            Self::Unreadable(_) => (StatusCode::BAD_GATEWAY, "function-answer-unreadable"),
            Self::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        }
    }

    fn words(&self) -> (String, &'static str) {
        let log = "see the function's log";
        match self {
            Self::Method => ("only GET and HEAD are supported".into(), "use GET"),
            Self::LongUrl => (
                format!("the URL has more than {LONGEST_URL} bytes"),
                "use the URL that the picture's manifest names",
            ),
            Self::LongHead => (
                "the request's headers have more than 20,480 bytes".into(),
                "send fewer headers; cookies are not used",
            ),
            Self::Path(hostile) => (
                format!("the path is refused: {hostile}"),
                "use the URL that the picture's manifest names",
            ),
            Self::NotFound => ("there is no such object".into(), "check the key"),
            Self::Range(size) => (
                format!("the range is outside the object, which has {size} bytes"),
                "request a smaller range",
            ),
            Self::Bucket => ("the bucket does not respond".into(), "try again"),
            Self::Busy => ("too many concurrent lookups".into(), "try again"),
            // Internal errors go to the log, not to the client.
            Self::Function(error) => match error.kind {
                FunctionErrorKind::Timeout => ("the function took too long".into(), log),
                FunctionErrorKind::Init => ("the function does not start".into(), log),
                FunctionErrorKind::Shutdown => ("the server is stopping".into(), "try again"),
                _ => ("the function failed".into(), log),
            },
            Self::Unreadable(what) => (format!("the function's response is invalid: {what}"), log),
            Self::Stopped => ("the server is stopping".into(), "try again"),
        }
    }
}
