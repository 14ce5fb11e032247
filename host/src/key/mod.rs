//! Object keys.
//!
//! - `template`: templates of renditions' keys
//! - `reading`: finds the picture of a rendition's key

mod reading;
mod template;

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

pub use template::{KeyParts, KeyTemplate};

/// Reserved names, which are used by records.
pub const RESERVED_NAMES: [&str; 2] = ["manifest", "error"];

/// S3's limit for keys, in bytes of UTF-8.
const MAX_KEY_BYTES: usize = 1024;

/// The decoded key of a source object. Events have form-encoded keys, which are decoded only here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceKey(String);

/// A key that cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[error("the key `{0}` is not form-encoded UTF-8")]
pub struct BadKey(String);

impl SourceKey {
    /// A key in plain text.
    pub fn literal(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// A form-encoded key, as in S3 notifications and Batch Operations: `+` is a space, and `%`
    /// escapes bytes.
    ///
    /// # Errors
    /// If the bytes are not UTF-8.
    pub fn form_decode(encoded: &str) -> Result<Self, BadKey> {
        let spaced = encoded.replace('+', " ");
        match percent_decode_str(&spaced).decode_utf8() {
            Ok(key) => Ok(Self(key.into_owned())),
            Err(_) => Err(BadKey(encoded.to_owned())),
        }
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The file extension of a media type.
pub fn extension(media_type: &str) -> &str {
    match media_type {
        "image/jpeg" => "jpg",
        "image/svg+xml" => "svg",
        "image/tiff" => "tiff",
        "image/x-icon" | "image/vnd.microsoft.icon" => "ico",
        "text/plain" => "txt",
        "text/html" => "html",
        "application/octet-stream" => "bin",
        other => {
            let name = other.split_once('/').map_or("bin", |(_, subtype)| subtype);
            let name = name.split([';', '+']).next().unwrap_or("bin");
            let plain = name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
            if plain && (1..=16).contains(&name.len()) { name } else { "bin" }
        }
    }
}

/// The keys of one source object's renditions.
#[derive(Debug, Clone)]
pub struct Destination {
    prefix: String,
    key: SourceKey,
}

impl Destination {
    /// Under this prefix of the destination bucket, which may be empty.
    pub fn new(prefix: &str, key: &SourceKey) -> Self {
        Self { prefix: prefix.to_owned(), key: key.clone() }
    }

    /// The source's key.
    pub fn source(&self) -> &SourceKey {
        &self.key
    }

    /// The manifest's key.
    pub fn manifest(&self) -> String {
        format!("{}{}/manifest.json", self.prefix, self.key)
    }

    /// The key of the failure record.
    pub fn error(&self) -> String {
        format!("{}{}/error.json", self.prefix, self.key)
    }

    /// The prefix of the keys of nearly all templates.
    pub fn folder(&self) -> String {
        format!("{}{}/", self.prefix, self.key)
    }

    /// A rendition's key. `None` if it is too long for S3, or a record's key.
    pub fn rendition(&self, template: &KeyTemplate, parts: &KeyParts<'_>) -> Option<String> {
        let key = format!("{}{}", self.prefix, template.fill(self.key.as_str(), parts));
        let reserved = RESERVED_NAMES.iter().any(|name| key.ends_with(&format!("/{name}.json")));
        (key.len() <= MAX_KEY_BYTES && !reserved).then_some(key)
    }

    /// Whether the manifest's and the error's keys fit into S3's limit.
    pub fn fits(&self) -> bool {
        self.manifest().len() <= MAX_KEY_BYTES
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_are_decoded_once() {
        let decode = |text| SourceKey::form_decode(text).unwrap().0;
        assert_eq!(decode("a+b%2Bc/%C3%BC.jpg"), "a b+c/ü.jpg");
        assert_eq!(decode("100%2525.jpg"), "100%25.jpg");
        assert_eq!(decode("{key}.jpg"), "{key}.jpg");
        assert!(SourceKey::form_decode("%ff.jpg").is_err());
    }

    fn parts<'a>(rendition: &'a str, media_type: &'a str) -> KeyParts<'a> {
        KeyParts { rendition, media_type, step: "resize", version: "0123456789abcdef" }
    }

    #[test]
    fn a_rendition_never_takes_the_place_of_a_record() {
        let template = KeyTemplate::try_from("{rendition}/{key}.{extension}".to_owned()).unwrap();
        let key = |key: &str| {
            let destination = Destination::new("out/", &SourceKey::literal(key));
            destination.rendition(&template, &parts("small", "application/json"))
        };
        assert_eq!(key("a/manifest"), None);
        assert_eq!(key("a/other").unwrap(), "out/small/a/other.json");
    }

    #[test]
    fn a_key_that_is_too_long_is_none() {
        let long = SourceKey::literal("x".repeat(1020));
        let destination = Destination::new("", &long);
        assert!(
            destination.rendition(&KeyTemplate::default(), &parts("small", "image/png")).is_none()
        );
        assert!(!destination.fits());
    }

    #[test]
    fn extensions_are_plain() {
        assert_eq!(extension("image/jpeg"), "jpg");
        assert_eq!(extension("image/webp"), "webp");
        assert_eq!(extension("application/json"), "json");
        assert_eq!(extension("text/plain; charset=utf-8"), "plain");
        assert_eq!(extension("x/../../y"), "bin");
    }
}
