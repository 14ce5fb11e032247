//! Refuses headers of unsupported features.
//!
//! Ignoring one would suggest that it works: an object "encrypted" with the client's key would be
//! readable without it. The error is S3's own for such a bucket, or `NotImplemented`.

use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::{Request, StatusCode};
use percent_encoding::percent_decode_str;
use s3s::HttpResponse;

use super::xml::respond;
use crate::account::{ACCOUNT, REGION};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn respond(&self) -> HttpResponse {
        respond(self.status, self.code, &self.message)
    }
}

/// Headers that are refused if present, by prefix.
const REFUSED: &[(&str, &str, &str)] = &[
    ("x-amz-server-side-encryption-", "NotImplemented", NOT_HERE),
    ("x-amz-copy-source-server-side-encryption-", "NotImplemented", NOT_HERE),
    ("x-amz-object-lock-", "InvalidRequest", "Bucket is missing Object Lock Configuration"),
    (
        "x-amz-bypass-governance-retention",
        "InvalidArgument",
        "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
    ),
    ("x-amz-bucket-object-lock-", "NotImplemented", NOT_HERE),
    ("x-amz-grant-", "AccessControlListNotSupported", "The bucket does not allow ACLs"),
    ("x-amz-website-redirect-location", "NotImplemented", NOT_HERE),
    ("x-amz-write-offset-bytes", "NotImplemented", NOT_HERE),
    ("x-amz-if-match-last-modified-time", "NotImplemented", NOT_HERE),
    ("x-amz-if-match-size", "NotImplemented", NOT_HERE),
    ("x-amz-mfa", "NotImplemented", NOT_HERE),
];

const NOT_HERE: &str = "A header you provided implies functionality that is not implemented";

/// Refuses headers that would otherwise be silently ignored.
pub(super) fn check(request: &Request<Incoming>) -> Result<(), Refusal> {
    let headers = request.headers();
    for name in headers.keys() {
        let refused = REFUSED.iter().find(|(start, ..)| name.as_str().starts_with(start));
        if let Some((_, code, message)) = refused {
            return Err(refusal(code, format!("{message}: {name}")));
        }
    }
    values(headers)?;
    region(request)
}

/// Headers with some values that match the behaviour here.
fn values(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match text("x-amz-server-side-encryption") {
        None | Some("AES256") => {}
        Some(_) => return Err(refusal("NotImplemented", NOT_HERE.to_owned())),
    }
    match text("x-amz-acl") {
        None | Some("private" | "bucket-owner-full-control") => {}
        Some(_) => {
            let message = "The bucket does not allow ACLs".to_owned();
            return Err(refusal("AccessControlListNotSupported", message));
        }
    }
    for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
        if text(name).is_some_and(|owner| owner != ACCOUNT) {
            return Err(refusal("AccessDenied", format!("Access Denied: the owner is {ACCOUNT}")));
        }
    }
    Ok(())
}

/// A signature for another region is invalid.
fn region(request: &Request<Incoming>) -> Result<(), Refusal> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let of_header =
        header.and_then(|header| header.split_once("Credential=")).map(|(_, rest)| rest);
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let of_query = pairs.find(|(name, _)| *name == "X-Amz-Credential").map(|(_, value)| value);
    let Some(credential) = of_header.or(of_query) else { return Ok(()) };
    let credential = percent_decode_str(credential).decode_utf8_lossy();
    let Some(region) = credential.split('/').nth(2).filter(|region| *region != REGION) else {
        return Ok(());
    };
    Err(if of_header.is_some() {
        let message = format!(
            "The authorization header is malformed; the region '{region}' is wrong; expecting \
             '{REGION}'"
        );
        refusal("AuthorizationHeaderMalformed", message)
    } else {
        let message = format!(
            "Error parsing the X-Amz-Credential parameter; the region '{region}' is wrong; \
             expecting '{REGION}'"
        );
        refusal("AuthorizationQueryParametersError", message)
    })
}

fn refusal(code: &'static str, message: String) -> Refusal {
    let status = match code {
        "NotImplemented" => StatusCode::NOT_IMPLEMENTED,
        "AccessDenied" => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    Refusal { status, code, message }
}
