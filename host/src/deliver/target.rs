//! The pictures that a path could mean.

use crate::document::Document;
use crate::key::SourceKey;

/// The suffix of a path to a picture's record.
const RECORD: &str = "/manifest.json";
/// The maximum number of candidates for one path.
const MOST: usize = 8;

/// A picture that a path could mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) key: SourceKey,
    /// The whole path, as the key of a rendition.
    pub(super) path: String,
    /// The last segment, as the name of a rendition.
    pub(super) name: Option<String>,
    /// Whether the record is requested.
    pub(super) is_record: bool,
}

/// The pictures that a path could mean, the likeliest first.
pub(super) fn targets(path: &str, prefix: &str, document: &Document) -> Vec<Target> {
    let Some(rest) = path.strip_prefix(prefix).filter(|rest| !rest.is_empty()) else {
        return Vec::new();
    };
    let target = |key: &str, name: Option<&str>, is_record| Target {
        key: SourceKey::literal(key),
        path: path.to_owned(),
        name: name.map(str::to_owned),
        is_record,
    };
    if let Some(key) = rest.strip_suffix(RECORD) {
        return if key.is_empty() { Vec::new() } else { vec![target(key, None, true)] };
    }
    let mut targets: Vec<Target> = Vec::new();
    for route in &document.routes {
        let Some(key) = route.key_template.source_of(rest) else { continue };
        let known = targets.iter().any(|one| one.key.as_str() == key);
        if !known && route.matches_key(&SourceKey::literal(key)) {
            targets.push(target(key, None, false));
        }
    }
    if let Some((key, name)) = rest.rsplit_once('/').filter(|(key, _)| !key.is_empty()) {
        match targets.iter_mut().find(|one| one.key.as_str() == key) {
            Some(known) => known.name = Some(name.to_owned()),
            None => targets.push(target(key, Some(name), false)),
        }
    }
    targets.truncate(MOST);
    targets
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn document() -> Document {
        Document::parse(
            br#"{"version": 2, "routes": [
                {"name": "photos", "keys": ["photos/**"], "steps": [{"transform": "resize"}],
                 "key_template": "{key}/{version}/{rendition}.{extension}"},
                {"name": "rest", "steps": [{"transform": "resize"}],
                 "key_template": "{rendition}/{key}.{extension}"}]}"#,
        )
        .unwrap()
    }

    fn found(path: &str) -> Vec<(String, Option<String>)> {
        let targets = targets(path, "out/", &document());
        targets.into_iter().map(|one| (one.key.as_str().to_owned(), one.name)).collect()
    }

    #[test]
    fn a_path_is_a_key_or_a_picture_and_a_name() {
        let pair = |key: &str, name: Option<&str>| (key.to_owned(), name.map(str::to_owned));
        let by_key = found("out/photos/a.jpg/0123456789abcdef/card.webp");
        assert_eq!(
            by_key,
            [
                pair("photos/a.jpg", None),
                pair("a.jpg/0123456789abcdef/card", None),
                pair("photos/a.jpg/0123456789abcdef", Some("card.webp")),
            ]
        );
        assert_eq!(found("out/b.jpg/card"), [pair("b.jpg", Some("card"))]);
        assert!(found("b.jpg/card").is_empty() && found("out/").is_empty());
        assert!(found("out/card").is_empty());
        let records = targets("out/photos/a.jpg/manifest.json", "out/", &document());
        assert!(records.len() == 1 && records[0].is_record);
    }
}
