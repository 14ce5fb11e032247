//! Serves objects and previews to the browser. Nothing in them is executed.

use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderValue};
use http::{StatusCode, Uri};
use obscura::digest::Digest;
use obscura::store::Fetched;
use serde::Deserialize;

use super::Studio;
use super::pictures::possible;
use super::problem::Problem;
use super::wire::{Body, Response, answer, pieces, query, whole};

/// Prevents any object from running as a page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Types that a browser may display; others are downloaded.
const SHOWN: [&str; 10] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/avif",
    "image/bmp",
    "image/tiff",
    "image/x-icon",
    "application/json",
    "text/plain",
];

#[derive(Deserialize)]
pub(super) struct Named {
    key: String,
    /// The object's ETag: with it, the response may be cached.
    v: Option<String>,
}

/// An object of the source or the destination bucket.
pub(super) async fn object(studio: &Studio, place: &str, uri: &Uri) -> Result<Response, Problem> {
    let named: Named = query(uri)?;
    possible(&named.key)?;
    let bucket = match place {
        "source" => studio.source_of(&named.key).await?,
        "destination" => studio.destination.bucket().to_owned(),
        _ => {
            return Err(Problem::missing(
                "there is no such bucket",
                "Request source or destination.",
            ));
        }
    };
    let Fetched::Object(object) = studio.store.get(&bucket, &named.key, None).await? else {
        let message = format!("s3://{bucket}/{} does not exist", named.key);
        return Err(Problem::missing(&message, "It may have been deleted; load the page again."));
    };
    let kind = object.head.content_type.clone().unwrap_or_default();
    let body = stream::try_unfold(object.body, |mut body| async move {
        let next = body.next().await.map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(next.map(|bytes| (bytes, body)))
    });
    Ok(shown(&kind, pieces(body), named.v.is_some()))
}

/// A file that a preview made.
pub(super) fn made(studio: &Studio, id: &str) -> Result<Response, Problem> {
    let id = id.parse::<Digest>().ok();
    let Some(file) = id.and_then(|id| studio.shelf.get(id)) else {
        let message = "this preview has expired";
        return Err(Problem::missing(message, "Change a parameter to make it again."));
    };
    Ok(shown(&file.media_type, whole(file.body), true))
}

/// A golden picture.
pub(super) fn golden(name: &str) -> Result<Response, Problem> {
    let Some(picture) = obscura::gate::golden_pictures().find(|one| one.name == name) else {
        let message = "there is no golden picture of this name";
        return Err(Problem::missing(
            message,
            "An author's own golden pictures are in the bucket, under incoming/.",
        ));
    };
    let kind = obscura::document::sniff(&picture.body);
    Ok(shown(kind, whole(picture.body), true))
}

fn shown(kind: &str, body: Body, kept: bool) -> Response {
    let plain = SHOWN.iter().find(|known| kind.split(';').next() == Some(**known));
    let mut headers = vec![
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, if kept { "private, max-age=3600" } else { "no-store" }),
    ];
    if plain.is_none() {
        headers.push((CONTENT_DISPOSITION, "attachment"));
    }
    let kind = plain.copied().unwrap_or("application/octet-stream");
    let mut answer = answer(StatusCode::OK, kind, body);
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
