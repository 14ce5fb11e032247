//! Keys of nothing but white space. S3 takes them; the SDK takes them for
//! missing, and sends nothing. So another key is handed to it, and put right in
//! the request before that is signed.

use aws_sdk_s3::config::http::HttpRequest;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Stands for a key of white space.
const PLACEHOLDER: &str = "obscura-blank-key";

fn is_blank(key: &str) -> bool {
    !key.is_empty() && key.trim().is_empty()
}

/// The key that the SDK is given.
pub(super) fn given(key: &str) -> &str {
    if is_blank(key) { PLACEHOLDER } else { key }
}

/// Puts the key right in a request's path.
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
