//! Published files match the code: the JSON Schemas of the pipeline document and of manifests, and
//! TypeScript types of the latter.
//!
//! - `typescript`: types generated from a JSON Schema
//! - `records`: records of every version stay readable

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod records;
mod typescript;

use std::path::{Path, PathBuf};

use obscura::announce::Announcement;
use obscura::document::Document;
use obscura::event::Notification;
use obscura::key::SourceKey;
use obscura::pipeline::Manifest;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A file of the repository matches the generated one. With `UPDATE` set, it is written first.
fn assert_published(name: &str, now: &str) {
    let path = path(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == now, "{} is out of date: run `just schema`", path.display());
}

fn text(schema: &schemars::Schema) -> String {
    serde_json::to_string_pretty(schema).unwrap() + "\n"
}

#[test]
fn the_published_schema_of_the_document_is_the_codes() {
    assert_published("pipeline.schema.json", &text(&Document::schema()));
}

#[test]
fn the_published_schema_of_manifests_is_the_codes() {
    assert_published("manifest.schema.json", &text(&Manifest::schema()));
}

#[test]
fn the_published_schema_of_events_is_the_codes() {
    assert_published("event.schema.json", &text(&Announcement::schema()));
}

/// The announcement for the picture whose record is among the fixtures.
#[test]
fn the_published_example_of_an_event_is_one() {
    let manifest = std::fs::read_to_string(path("tests/records/manifest-v2.json")).unwrap();
    let manifest: Manifest = serde_json::from_str(&manifest).unwrap();
    let event = Notification {
        bucket: "pictures-out".to_owned(),
        key: SourceKey::literal(format!("{}/manifest.json", manifest.source.key)),
        ..Notification::default()
    };
    let example = Announcement::of(&manifest, &event, "9b2cf535f27731c974343645a3985328");
    let value = serde_json::to_value(&example).unwrap();
    assert_eq!(records::objected("event", Announcement::schema().to_value(), &value), None);
    assert_published("event.example.json", &(serde_json::to_string_pretty(&value).unwrap() + "\n"));
}

#[test]
fn the_published_types_are_those_of_the_schema() {
    let types = typescript::declarations(Manifest::schema().as_value(), "Manifest");
    assert_published("manifest.d.ts", &types);
}
