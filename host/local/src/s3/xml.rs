//! Responses in XML 1.0, which cannot represent every character of keys.

use std::fmt::Write;

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use s3s::HttpResponse;

/// Whether XML 1.0 can represent a character, escaped or not.
pub(super) fn can_hold(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Escapes unsupported characters as S3 does: `&#x1;`, which is not valid XML either. Clients with
/// `encoding-type=url` are not affected.
pub(super) fn mended(mut answer: HttpResponse) -> HttpResponse {
    let is_xml = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/xml");
    // An object that is XML is a stream, and not changed.
    let Some(bytes) = answer.body().bytes().filter(|_| is_xml) else { return answer };
    let Ok(text) = std::str::from_utf8(&bytes) else { return answer };
    if text.chars().all(|character| can_hold(character) && character != '\r') {
        return answer;
    }
    let mut mended = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if can_hold(character) && character != '\r' {
            mended.push(character);
        } else {
            let _ = write!(mended, "&#x{:x};", u32::from(character));
        }
    }
    answer.headers_mut().remove(CONTENT_LENGTH);
    *answer.body_mut() = mended.into();
    answer
}

/// Text for an element.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An error as S3 writes it.
pub(super) fn respond(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{}</Message>\
         </Error>",
        escape(message)
    );
    let mut answer = HttpResponse::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    answer
}
