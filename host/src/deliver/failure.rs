//! Error responses.

use serde_json::json;

use super::response::Response;
use crate::error::{Error, Fault, Rejection};
use crate::store::StoreError;

/// For a picture that may be being processed.
const SOON: &str = "public, max-age=5";
/// For a name that a new pipeline document may add.
const LATER: &str = "public, max-age=60";
/// For permanent errors.
const LONG: &str = "public, max-age=300";
/// For temporary errors: long enough that a thousand readers cause one request.
const MOMENT: &str = "public, max-age=2";
/// `Retry-After` of temporary errors, in seconds.
const RETRY_AFTER: &str = "2";

/// Why there is nothing to deliver.
#[derive(Debug)]
pub(super) struct Failure {
    status: u16,
    code: &'static str,
    message: String,
    remedy: String,
    cache_control: &'static str,
    also: Also,
}

/// An additional header.
#[derive(Debug, Clone, Copy)]
enum Also {
    Nothing,
    /// The allowed methods.
    Methods,
    /// The size of the body.
    Size(usize),
    /// When to retry.
    RetryLater,
}

impl Failure {
    fn new(status: u16, code: &'static str, message: &str, remedy: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
            cache_control: LONG,
            also: Also::Nothing,
        }
    }

    /// The path names no processed picture.
    pub(super) fn no_picture() -> Self {
        let remedy = "Check the key; a new upload takes a moment.";
        let failure = Self::new(404, "picture-unknown", "there is no such picture", remedy);
        Self { cache_control: SOON, ..failure }
    }

    /// The picture has no rendition of this name.
    pub(super) fn no_rendition() -> Self {
        let remedy = "Request a rendition that the picture's manifest.json names.";
        let message = "the picture has no such rendition";
        Self { cache_control: LATER, ..Self::new(404, "rendition-unknown", message, remedy) }
    }

    /// It is being changed, or its component is missing.
    pub(super) fn not_made() -> Self {
        let message = "the rendition does not exist yet";
        Self::new(503, "rendition-missing", message, "Ask again.").passing()
    }

    pub(super) fn method() -> Self {
        let failure = Self::new(405, "method-not-allowed", "renditions are read-only", "Use GET.");
        Self { also: Also::Methods, ..failure }
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(400, "bad-request", message, "Encode the key according to RFC 3986.")
    }

    pub(super) fn too_long() -> Self {
        Self::new(414, "path-too-long", "no key is that long", "A key has at most 1024 bytes.")
    }

    /// The requested range is outside the body.
    pub(super) fn range(size: usize) -> Self {
        let message = format!("the rendition has {size} bytes");
        let failure = Self::new(416, "range-not-satisfiable", &message, "Request a smaller range.");
        Self { also: Also::Size(size), ..failure }
    }

    /// The picture cannot be rendered, whoever can mend that. Not a server error: for those, caches
    /// continue to serve what they have, which may be an older picture.
    pub(super) fn of_rejection(rejection: &Rejection) -> Self {
        Self::new(422, rejection.code.as_str(), &rejection.message, &rejection.remedy)
    }

    fn passing(self) -> Self {
        Self { cache_control: MOMENT, also: Also::RetryLater, ..self }
    }

    /// Whether another candidate may be found.
    pub(super) fn is_not_found(&self) -> bool {
        self.status == 404
    }

    /// Of two not-found errors, the more specific one.
    pub(super) fn or(self, other: Self) -> Self {
        if other.code == "rendition-unknown" { other } else { self }
    }

    /// The response.
    pub(super) fn into_response(self) -> Response {
        let Self { status, code, message, remedy, cache_control, also } = self;
        let body = json!({ "code": code, "message": message, "remedy": remedy }).to_string();
        let response = Response::new(status, cache_control)
            .of_code(code)
            .body("application/json", body.into());
        match also {
            Also::Nothing => response,
            Also::Methods => response.with("allow", "GET, HEAD"),
            Also::Size(size) => response.with("content-range", &format!("bytes */{size}")),
            Also::RetryLater => response.with("retry-after", RETRY_AFTER),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        // The message may name buckets, so it only goes to the log.
        let message = "the pipeline cannot answer at the moment";
        Self::new(503, fault.code.as_str(), message, "Ask again.").passing()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => Self::of_rejection(&rejection),
            Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the store");
        Fault::from(error).into()
    }
}
