//! A pipeline document and a record, for targets that need them.

use std::sync::LazyLock;

use obscura::document::Document;
use obscura::pipeline::Manifest;

/// Routes with every kind of template.
pub const DOCUMENT: &str = r#"{"version": 2, "routes": [
    {"name": "a", "keys": ["a/**"], "key_template": "{rendition}/{key}.{extension}",
     "steps": [{"transform": "resize"}]},
    {"name": "b", "keys": ["b*"], "key_template": "{key}/{version}/{rendition}.{extension}",
     "steps": [{"transform": "resize"}]},
    {"name": "c", "steps": [{"transform": "resize"}]}]}"#;

/// [`DOCUMENT`], parsed.
#[must_use]
pub fn document() -> &'static Document {
    static READ: LazyLock<Document> =
        LazyLock::new(|| Document::parse(DOCUMENT.as_bytes()).expect("a document"));
    &READ
}

/// A record of a picture with several renditions.
#[must_use]
pub fn manifest() -> &'static Manifest {
    static READ: LazyLock<Manifest> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../../tests/records/manifest-v2.json"))
            .expect("a manifest")
    });
    &READ
}
