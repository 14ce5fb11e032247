//! Parses URLs. Ambiguous ones are refused, so that cache, bucket and function always agree on the
//! object.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The maximum length of a URL, as in CloudFront.
pub(super) const LONGEST_URL: usize = 8192;
/// The maximum length of an S3 key.
const LONGEST_KEY: usize = 1024;

/// The characters that a path does not escape.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Hostile {
    #[error("it has a percent sign that no two hexadecimal digits follow")]
    Escape,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it has an encoded slash, or a backslash")]
    Slash,
    #[error("it has a segment that is empty, `.` or `..`")]
    Segment,
    #[error("it has a control character")]
    Control,
    #[error("it is longer than a key in S3 can be, 1,024 bytes")]
    Long,
}

/// An object's key, from a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key(String);

impl Key {
    /// Parses the path of a URL.
    pub(super) fn parse(path: &str) -> Result<Self, Hostile> {
        let encoded = path.strip_prefix('/').ok_or(Hostile::Segment)?;
        if !escapes_are_whole(encoded) {
            return Err(Hostile::Escape);
        }
        // An encoded slash is not a separator, but would become one.
        let lower = encoded.to_ascii_lowercase();
        if lower.contains("%2f") || lower.contains("%5c") || lower.contains('\\') {
            return Err(Hostile::Slash);
        }
        let key = percent_decode_str(encoded).decode_utf8().map_err(|_| Hostile::NotUtf8)?;
        if key.chars().any(char::is_control) {
            return Err(Hostile::Control);
        }
        if key.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(Hostile::Segment);
        }
        if key.len() > LONGEST_KEY {
            return Err(Hostile::Long);
        }
        Ok(Self(key.into_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the last segment has an extension.
    pub(super) fn has_extension(&self) -> bool {
        self.0.rsplit('/').next().is_some_and(|segment| segment.contains('.'))
    }

    /// The canonical path of this key, whatever the client's encoding.
    pub(super) fn path(&self) -> String {
        format!("/{}", utf8_percent_encode(&self.0, PATH))
    }
}

fn escapes_are_whole(text: &str) -> bool {
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let mut bytes = text.as_bytes().iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'%' && !(is_hex(bytes.next()) && is_hex(bytes.next())) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_path_names_one_key_however_it_is_written() {
        for path in ["/a%20b+c/%C3%BC.jpg/card", "/%61%20b+c/%c3%bc.jpg/card", "/a b+c/ü.jpg/card"]
        {
            let key = Key::parse(path).unwrap();
            assert_eq!(key.as_str(), "a b+c/ü.jpg/card");
            assert_eq!(key.path(), "/a%20b%2Bc/%C3%BC.jpg/card");
            assert!(!key.has_extension());
        }
        assert!(Key::parse("/photo.jpg/card.avif").unwrap().has_extension());
        assert_eq!(Key::parse("/100%25/card").unwrap().as_str(), "100%/card");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for (path, reason) in [
            ("/", Hostile::Segment),
            ("", Hostile::Segment),
            ("photo.jpg", Hostile::Segment),
            ("//photo.jpg", Hostile::Segment),
            ("/a//b", Hostile::Segment),
            ("/a/", Hostile::Segment),
            ("/../etc/passwd", Hostile::Segment),
            ("/a/../b", Hostile::Segment),
            ("/a/%2e%2E/b", Hostile::Segment),
            ("/a/./b", Hostile::Segment),
            ("/a%2Fb", Hostile::Slash),
            ("/a%2f..%2fb", Hostile::Slash),
            ("/a%5cb", Hostile::Slash),
            ("/a\\b", Hostile::Slash),
            ("/a%00b", Hostile::Control),
            ("/a%0d%0aset-cookie:x", Hostile::Control),
            ("/a%7f", Hostile::Control),
            ("/a%C2%85", Hostile::Control),
            ("/a%", Hostile::Escape),
            ("/a%4", Hostile::Escape),
            ("/a%zz", Hostile::Escape),
            ("/a%FF", Hostile::NotUtf8),
            ("/a%C0%AF", Hostile::NotUtf8),
        ] {
            assert_eq!(Key::parse(path), Err(reason), "{path}");
        }
        assert_eq!(Key::parse(&format!("/{}", "a".repeat(1025))), Err(Hostile::Long));
        // Double-encoded, it is just a percent sign.
        assert_eq!(Key::parse("/a%252fb").unwrap().as_str(), "a%2fb");
    }

    /// The same table tests the CloudFront function.
    #[test]
    fn every_path_means_what_it_means_at_the_edge() {
        let table = include_str!("../../../../terraform/tests/paths.json");
        let table: Vec<serde_json::Value> = serde_json::from_str(table).unwrap();
        assert!(table.len() > 40);
        for case in table {
            let path = case["path"].as_str().unwrap();
            let object = Key::parse(path).ok().map(|key| key.path());
            // Characters that only it leaves unescaped have the same meaning.
            let decoded = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
            assert_eq!(
                object.as_deref().map(decoded),
                case["object"].as_str().map(decoded),
                "{path}"
            );
        }
    }
}
