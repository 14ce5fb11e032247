//! The pipeline document's JSON Schema is published beside its code.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use obscura::document::Document;

#[test]
fn the_published_schema_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.schema.json");
    let now = serde_json::to_string_pretty(&Document::schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == now, "{} is out of date: run `just schema`", path.display());
}
