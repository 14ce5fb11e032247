//! Responses with content, and how long they can be cached.

use std::time::Duration;

use bytes::Bytes;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::choice::By;
use super::failure::Failure;
use super::range::{Part, part};
use super::request::{Method, Request};
use super::response::Response;
use crate::document::IMMUTABLE;
use crate::pipeline::Manifest;
use crate::store::Head;

/// For renditions that an overwrite or another pipeline document can change.
const SHORT: &str = "public, max-age=60, stale-while-revalidate=600";
/// For records: new renditions appear within seconds.
const OF_RECORDS: &str = "public, max-age=5, stale-while-revalidate=60";

/// The date format of HTTP. <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// The headers of a rendition.
#[derive(Debug)]
pub(super) struct Wording {
    cache_control: String,
    vary: Option<&'static str>,
}

impl Wording {
    /// For renditions requested by family.
    pub(super) fn of(manifest: &Manifest, by: By) -> Self {
        let route = &manifest.route;
        let cache_control = match by {
            By::Key if route.key_template.is_versioned() => {
                route.cache_control.as_deref().unwrap_or(IMMUTABLE)
            }
            By::Key => route.cache_control.as_deref().unwrap_or(SHORT),
            By::Format | By::Name | By::Family => SHORT,
        };
        let vary = match by {
            By::Key | By::Format => None,
            By::Name => Some("Accept"),
            By::Family => Some("Accept, Sec-CH-Width, Sec-CH-DPR, Width, DPR"),
        };
        Self { cache_control: cache_control.to_owned(), vary }
    }
}

/// A rendition, a range of it, or `304`.
pub(super) fn of_rendition(
    request: &Request,
    head: &Head,
    body: Bytes,
    wording: &Wording,
) -> Result<Response, Failure> {
    let etag = format!("\"{}\"", head.etag);
    let modified = head.last_modified.map(http_date).unwrap_or_default();
    let described = |response: Response| {
        response
            .with("etag", &etag)
            .with("last-modified", &modified)
            .with("vary", wording.vary.unwrap_or_default())
            .with("accept-ranges", "bytes")
            .with("content-disposition", head.content_disposition.as_deref().unwrap_or_default())
    };
    if is_known(request, &etag, &modified) {
        return Ok(described(Response::new(304, &wording.cache_control)));
    }
    let media_type = head.content_type.as_deref().unwrap_or("application/octet-stream");
    let whole = request.header("if-range").is_some_and(|known| known != etag && known != modified);
    let range = request.header("range").filter(|_| !whole && request.method == Method::Get);
    match part(range, body.len()) {
        Part::All => {
            Ok(described(Response::new(200, &wording.cache_control)).body(media_type, body))
        }
        Part::Of(first, last) => {
            let of = format!("bytes {first}-{last}/{}", body.len());
            let part = body.slice(first..=last);
            let response = described(Response::new(206, &wording.cache_control));
            Ok(response.with("content-range", &of).body(media_type, part))
        }
        Part::None => Err(Failure::range(body.len())),
    }
}

/// A picture's record.
pub(super) fn of_record(request: &Request, manifest: &Manifest, etag: &str) -> Response {
    let etag = format!("\"{etag}\"");
    let response = |status| Response::new(status, OF_RECORDS).with("etag", &etag);
    if is_known(request, &etag, "") {
        return response(304);
    }
    let text = serde_json::to_vec(manifest).unwrap_or_default();
    response(200).body("application/json", text.into())
}

/// A redirect to a rendition that is too large for the response.
pub(super) fn redirect(address: &str, time: Duration) -> Response {
    let kept = format!("private, max-age={}", time.as_secs() / 2);
    Response::new(302, &kept).with("location", address)
}

/// Whether the browser's copy is current.
fn is_known(request: &Request, etag: &str, modified: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    match request.header("if-none-match") {
        Some(known) => known.split(',').any(|one| bare(one) == etag || one.trim() == "*"),
        // Browsers return the value that they received.
        None => !modified.is_empty() && request.header("if-modified-since") == Some(modified),
    }
}

fn http_date(at: OffsetDateTime) -> String {
    at.format(HTTP_DATE).unwrap_or_default()
}
