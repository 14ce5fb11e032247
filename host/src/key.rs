//! Object keys.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// Names that a rendition may not have: they stand beside the renditions.
pub const RESERVED_NAMES: [&str; 2] = ["manifest", "error"];

/// S3 takes keys of up to this many bytes of UTF-8.
const MAX_KEY_BYTES: usize = 1024;

/// The key of a source object, decoded. Events carry keys in form encoding; it
/// is undone in one place, once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceKey(String);

/// A key that cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[error("the key `{0}` is not form-encoded UTF-8")]
pub struct BadKey(String);

impl SourceKey {
    /// A key as people write it.
    pub fn literal(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// A key as S3 notifications and Batch Operations write it: `+` stands for
    /// a space, and `%` for what follows.
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

/// The name that files of a media type end in.
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

/// How the keys of renditions are made: `{key}/{rendition}.{extension}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyTemplate(String);

impl Default for KeyTemplate {
    fn default() -> Self {
        Self("{key}/{rendition}.{extension}".to_owned())
    }
}

impl From<KeyTemplate> for String {
    fn from(template: KeyTemplate) -> Self {
        template.0
    }
}

impl TryFrom<String> for KeyTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        for needed in ["{key}", "{rendition}"] {
            if !text.contains(needed) {
                return Err(format!(
                    "`{text}` has no {needed}: renditions of different pictures would \
                     overwrite each other"
                ));
            }
        }
        let rest = ["{key}", "{rendition}", "{extension}"]
            .iter()
            .fold(text.clone(), |text, name| text.replace(name, ""));
        if rest.contains(['{', '}']) {
            return Err(format!(
                "`{text}` has a placeholder that is not {{key}}, {{rendition}} or {{extension}}"
            ));
        }
        Ok(Self(text))
    }
}

impl schemars::JsonSchema for KeyTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyTemplate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "\\{key\\}.*\\{rendition\\}|\\{rendition\\}.*\\{key\\}" })
    }
}

/// Where the renditions of one source object go.
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

    /// The manifest's key.
    pub fn manifest(&self) -> String {
        format!("{}{}/manifest.json", self.prefix, self.key)
    }

    /// The key of the record of a failure.
    pub fn error(&self) -> String {
        format!("{}{}/error.json", self.prefix, self.key)
    }

    /// A rendition's key. `None` if it would be longer than S3 takes.
    pub fn rendition(
        &self,
        template: &KeyTemplate,
        name: &str,
        media_type: &str,
    ) -> Option<String> {
        // One pass, so that a source key that looks like a placeholder stays
        // what it is.
        let mut key = self.prefix.clone();
        let mut rest = template.0.as_str();
        while let Some(start) = rest.find('{') {
            let (text, placeholder) = rest.split_at(start);
            key.push_str(text);
            let end = placeholder.find('}').map_or(placeholder.len(), |end| end + 1);
            let (placeholder, after) = placeholder.split_at(end);
            key.push_str(match placeholder {
                "{key}" => self.key.as_str(),
                "{rendition}" => name,
                _ => extension(media_type),
            });
            rest = after;
        }
        key.push_str(rest);
        (key.len() <= MAX_KEY_BYTES).then_some(key)
    }

    /// Whether the manifest's and the error's keys fit into what S3 takes.
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

    #[test]
    fn a_template_is_filled_in_one_pass() {
        let template = KeyTemplate::default();
        let destination = Destination::new("out/", &SourceKey::literal("{rendition}/x.png"));
        assert_eq!(
            destination.rendition(&template, "small", "image/jpeg").unwrap(),
            "out/{rendition}/x.png/small.jpg"
        );
    }

    #[test]
    fn a_template_must_tell_renditions_apart() {
        assert!(KeyTemplate::try_from("{key}.{extension}".to_owned()).is_err());
        assert!(KeyTemplate::try_from("{rendition}/{name}".to_owned()).is_err());
        assert!(KeyTemplate::try_from("{key}/{rendition}/{size}".to_owned()).is_err());
        assert!(KeyTemplate::try_from("{rendition}/{key}.{extension}".to_owned()).is_ok());
    }

    #[test]
    fn a_key_that_is_too_long_is_none() {
        let long = SourceKey::literal("x".repeat(1020));
        let destination = Destination::new("", &long);
        assert!(destination.rendition(&KeyTemplate::default(), "small", "image/png").is_none());
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
