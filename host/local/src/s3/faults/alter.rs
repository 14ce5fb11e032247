//! Responses that something between the store and its client has changed.

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use s3s::{Body, HttpResponse, StdError};

use super::strike::Alteration;

const PAGE: &str =
    "<!doctype html><title>Welcome</title><p>Please sign in to use this network.</p>";

/// The changed response.
///
/// # Errors
/// Its body cannot be read.
pub(in crate::s3) async fn altered(
    answer: HttpResponse,
    alteration: Alteration,
) -> Result<HttpResponse, StdError> {
    if alteration == Alteration::Page {
        let mut page = HttpResponse::new(Body::from(PAGE.to_owned()));
        *page.status_mut() = StatusCode::OK;
        page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        return Ok(page);
    }
    let (mut head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    if body.is_empty() {
        // The length of a HEAD's response is that of the object.
        return Ok(HttpResponse::from_parts(head, Body::empty()));
    }
    let mut body = body.to_vec();
    if alteration == Alteration::ShortBody {
        body.truncate(body.len() / 2);
        head.headers.insert(CONTENT_LENGTH, body.len().into());
    } else {
        let middle = body.len() / 2;
        if let Some(byte) = body.get_mut(middle) {
            *byte ^= 1;
        }
    }
    Ok(HttpResponse::from_parts(head, Body::from(Bytes::from(body))))
}
