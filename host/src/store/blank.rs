//! Keys that consist of white space. S3 accepts them, but the SDK treats them as missing. So it
//! gets another key, which is replaced in the request before signing.

use aws_sdk_s3::config::http::HttpRequest;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The placeholder for a key of white space.
const PLACEHOLDER: &str = "obscura-blank-key";

fn is_blank(key: &str) -> bool {
    !key.is_empty() && key.trim().is_empty()
}

/// The key for the SDK.
pub(super) fn given(key: &str) -> &str {
    if is_blank(key) { PLACEHOLDER } else { key }
}

/// Replaces the placeholder in a request's path.
pub(super) fn restored(key: &str) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
    let key = is_blank(key).then(|| utf8_percent_encode(key, NON_ALPHANUMERIC).to_string());
    move |request| {
        let Some(key) = &key else { return };
        let (path, query) = match request.uri().split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (request.uri(), String::new()),
        };
        let Some(path) = path.strip_suffix(PLACEHOLDER) else { return };
        let uri = format!("{path}{key}{query}");
        if let Err(error) = request.set_uri(uri) {
            tracing::warn!(%error, "a key of white space");
        }
    }
}
