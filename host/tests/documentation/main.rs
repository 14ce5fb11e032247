//! The documentation is correct.
//!
//! - `page`: a page's text, headings, links and snippets
//! - `links`: links have existing targets
//! - `modules`: modules have no dependency cycles
//! - `runbook`: operators' failures raise an alarm, and are explained
//! - `threats`: every defence exists and is tested
//! - `snippets`: examples are valid

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod links;
mod modules;
mod page;
mod runbook;
mod snippets;
mod threats;

use std::collections::BTreeSet;

use obscura::code::Code;
use obscura::document::Document;
use obscura::pipeline::Outcome;

use page::{Page, root};

type Names = BTreeSet<String>;

/// The names in the first column of a page's tables.
fn rows(part: &str) -> Names {
    let first = part.lines().filter_map(|line| line.strip_prefix("| `"));
    first.filter_map(|rest| Some(rest.split_once('`')?.0.to_owned())).collect()
}

/// The outcomes of events other than errors.
fn outcomes() -> Names {
    let outcomes = [
        Outcome::Rendered(1),
        Outcome::Restored(1),
        Outcome::Unchanged,
        Outcome::Removed,
        Outcome::Ignored(""),
    ];
    outcomes.iter().map(|outcome| outcome.code().to_owned()).collect()
}

/// A code's description in the page, as in the table of codes.
fn row(code: Code) -> String {
    let cell = |sentence: &str| {
        let mut text = sentence.trim_end_matches('.').chars();
        let first: String = text.next().into_iter().flat_map(char::to_lowercase).collect();
        let rest = text.as_str();
        // `S3` keeps its letter.
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            sentence.trim_end_matches('.').to_owned()
        } else {
            first + rest
        }
    };
    format!("| `{code}` | {} | {} |", cell(code.meaning()), cell(code.remedy()))
}

#[test]
fn every_code_is_explained() {
    let part = Page::read("host/docs/errors.md").text;
    let codes: Names = Code::ALL.iter().map(|code| code.to_string()).collect();
    assert_eq!(rows(&part), codes.union(&outcomes()).cloned().collect());
    // A table's introduction says whether its codes are retried.
    let mut transient = false;
    for line in part.lines() {
        if line.starts_with("Temporary: ") {
            transient = true;
        } else if line.starts_with("Permanent: ") {
            transient = false;
        }
        let code = Code::ALL.iter().find(|code| line.starts_with(&format!("| `{code}` ")));
        if let Some(code) = code {
            assert_eq!(line, row(*code), "what host/src/code.rs says");
            assert_eq!(transient, code.is_transient(), "{code} stands in the wrong table");
        }
    }
}

#[test]
fn every_field_of_the_pipeline_document_is_explained() {
    let schema = Document::schema();
    let schema = schema.as_value();
    let fields = |part: &serde_json::Value| -> Names {
        part["properties"].as_object().unwrap().keys().cloned().collect()
    };
    // Version 1 has no fields that version 2 lacks.
    let mut all = Names::new();
    for part in
        ["Document", "Route", "Step", "StepLimits", "Canary", "Shadow", "DocumentV1", "RouteV1"]
    {
        all.extend(fields(&schema["$defs"][part]));
    }
    assert_eq!(rows(&Page::read("host/docs/pipeline.md").text), all);
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
    assert_eq!(rows(&Page::read("host/docs/environment.md").text), known);
}

#[test]
fn every_import_that_is_allowed_is_explained() {
    let source = std::fs::read_to_string(root().join("host/src/sandbox/imports.rs")).unwrap();
    let list = source.split("];").next().unwrap();
    let allowed = list.split('"').filter(|text| text.starts_with("wasi:")).map(str::to_owned);
    let explained = rows(&Page::read("host/docs/writing.md").text);
    let explained: Names = explained.into_iter().filter(|name| name.starts_with("wasi:")).collect();
    assert_eq!(explained, allowed.collect());
}

#[test]
fn the_readme_is_short() {
    let lines = Page::read("README.md").text.lines().count();
    assert!(
        lines <= 150,
        "{lines} lines; move what is not for the first five minutes to host/docs"
    );
}

#[test]
fn the_changelog_names_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let log = Page::read("CHANGELOG.md").text;
    assert!(log.contains(&format!("\n## {version}")), "CHANGELOG.md has no section {version}");
}
