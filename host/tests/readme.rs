//! What the README says is so.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use obscura::document::Document;

type Names = BTreeSet<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// A part of the README, from its heading to the next one.
fn section(heading: &str) -> String {
    let text = readme();
    let start = text.find(&format!("\n## {heading}\n")).expect(heading);
    let part = &text[start + 4..];
    part[..part.find("\n## ").unwrap_or(part.len())].to_owned()
}

/// The names in the first column of a part's tables.
fn rows(part: &str) -> Names {
    let first = part.lines().filter_map(|line| line.strip_prefix("| `"));
    first.filter_map(|rest| Some(rest.split_once('`')?.0.to_owned())).collect()
}

fn sources(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else if path.extension().is_some_and(|end| end == "rs") {
                vec![std::fs::read_to_string(path).unwrap()]
            } else {
                Vec::new()
            }
        })
        .collect()
}

/// What stands in quotes after each place where `marker` stands.
fn quoted_after(text: &str, marker: &str) -> Names {
    let places = text.split(marker).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
    places.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// The codes that functions called `code` give, those of new faults and
/// rejections, and those that messages begin with.
fn codes(text: &str) -> Names {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let mut codes = Names::new();
    for body in text.split("fn code(&self)").skip(1) {
        let body = body.split("\n    }\n").next().unwrap();
        codes.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    for marker in
        ["Fault::new(", "Rejection::new(", "Refusal::new(", "refuse(", "BAD_DOCUMENT: &str ="]
    {
        codes.extend(quoted_after(text, marker));
    }
    let messages = quoted_after(text, "#[error(");
    let starts = messages.iter().filter_map(|message| message.split_once(": "));
    codes.extend(starts.map(|(code, _)| code.to_owned()).filter(|code| {
        code.contains('-') && code.bytes().all(|c| c.is_ascii_lowercase() || c == b'-')
    }));
    codes
}

#[test]
fn every_code_is_explained() {
    let codes: Names =
        sources(&root().join("host/src")).iter().flat_map(|text| codes(text)).collect();
    assert!(codes.len() > 25, "the codes are not found any more: {codes:?}");
    assert_eq!(rows(&section("Troubleshooting")), codes);
}

#[test]
fn every_field_of_the_pipeline_document_is_explained() {
    let schema = Document::schema();
    let schema = schema.as_value();
    let fields = |part: &serde_json::Value| -> Names {
        part["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let mut all = fields(schema);
    for part in ["Route", "RouteLimits", "Canary", "Shadow"] {
        all.extend(fields(&schema["$defs"][part]));
    }
    let explained = rows(&section("Configuration"));
    let variables = explained.iter().filter(|name| name.starts_with("OBSCURA_")).cloned();
    all.extend(variables.collect::<Names>());
    assert_eq!(explained, all);
}

#[test]
fn every_environment_variable_is_explained() {
    let source = std::fs::read_to_string(root().join("host/src/config.rs")).unwrap();
    let source = source.split("#[cfg(test)]").next().unwrap();
    let known = source.split('"').skip(1).step_by(2).filter(|text| {
        text.strip_prefix("OBSCURA_").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_uppercase() || c == b'_')
        })
    });
    let known: Names = known.map(str::to_owned).collect();
    let explained = rows(&section("Configuration"));
    let explained: Names =
        explained.into_iter().filter(|name| name.starts_with("OBSCURA_")).collect();
    assert_eq!(explained, known);
}

#[test]
fn the_pipeline_documents_that_are_shown_are_good() {
    let text = readme();
    let shown: Vec<&str> = text
        .split("```json\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .filter(|block| block.contains("\"routes\""))
        .collect();
    assert!(!shown.is_empty());
    for block in shown {
        Document::parse(block.as_bytes()).unwrap();
    }
}
