//! The cache key. Only these parts of a request reach the function, so the rest cannot affect
//! cached responses.

use hyper::HeaderMap;
use hyper::header::{ACCEPT, HeaderValue};

use super::accept::Taste;
use super::path::Key;

/// Client hints that select a member of a family.
const HINTS: [&str; 4] = ["width", "dpr", "sec-ch-width", "sec-ch-dpr"];
/// The maximum length of a hint, such as `4096` or `1.33333`.
const LONGEST_HINT: usize = 8;

/// The parts of a request that the origins get.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CacheKey {
    pub(super) key: Key,
    pub(super) taste: Taste,
    pub(super) hints: Vec<(&'static str, String)>,
}

impl CacheKey {
    /// A URL with an extension names one object, whatever the client accepts.
    pub(super) fn new(key: Key, headers: &HeaderMap) -> Self {
        if key.has_extension() {
            return Self { key, taste: Taste::Plain, hints: Vec::new() };
        }
        let accept = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let taste = Taste::of(accept);
        let hint = |name| Some((name, number(headers.get(name)?)?));
        let hints = HINTS.into_iter().filter_map(hint).collect();
        Self { key, taste, hints }
    }

    /// Its approximate memory use.
    pub(super) fn weight(&self) -> usize {
        2 * self.key.as_str().len() + 256
    }
}

/// A positive decimal number; anything else is ignored.
fn number(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f32 = text.parse().ok()?;
    (plain && text.len() <= LONGEST_HINT && number > 0.0).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(path: &str, headers: &[(&'static str, &'static str)]) -> CacheKey {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        CacheKey::new(Key::parse(path).unwrap(), &map)
    }

    #[test]
    fn accept_and_hints_matter_only_where_the_url_leaves_a_choice() {
        let avif = [("accept", "image/avif,*/*"), ("width", "640"), ("dpr", "2")];
        assert_eq!(key("/a/card.webp", &avif), key("/a/card.webp", &[]));
        let family = key("/a/card", &avif);
        assert_eq!(family.taste, Taste::Avif);
        assert_eq!(family.hints, [("width", "640".to_owned()), ("dpr", "2".to_owned())]);
        assert_ne!(family, key("/a/card", &[("accept", "image/webp")]));
    }

    #[test]
    fn other_headers_and_odd_hints_make_no_difference() {
        let plain = key("/a/card", &[]);
        for header in [
            ("x-forwarded-host", "evil.example"),
            ("cookie", "a=b"),
            ("range", "bytes=0-1"),
            ("width", "-1"),
            ("width", "1e3"),
            ("width", "inf"),
            ("width", "0"),
            ("dpr", "123456789"),
            ("sec-ch-width", "640, 320"),
        ] {
            assert_eq!(key("/a/card", &[header]), plain, "{header:?}");
        }
    }
}
