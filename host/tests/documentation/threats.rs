//! Every row of the threat model names the defence, and existing tests.

use std::collections::BTreeSet;
use std::path::Path;

use super::page::{Page, root};

/// The names of all tests of the repository: in Rust, Python, Terraform and JavaScript.
fn tests(folder: &Path, all: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            let built = ["target", "node_modules", "dist"].contains(&name.as_str());
            if !built && !name.starts_with('.') {
                tests(&path, all);
            }
            continue;
        }
        let ends = [".rs", ".py", ".hcl", ".js", ".mjs"];
        if !ends.iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut attribute = false;
        for line in text.lines().map(str::trim) {
            let named = match () {
                () if name.ends_with(".rs") => {
                    let function = line.trim_start_matches("async ").strip_prefix("fn ");
                    function.filter(|_| attribute).and_then(|rest| rest.split('(').next())
                }
                () if name.ends_with(".py") => {
                    line.strip_prefix("def ").and_then(|rest| rest.split('(').next())
                }
                () if name.ends_with(".hcl") => {
                    line.strip_prefix("run \"").and_then(|rest| rest.split('"').next())
                }
                () => line
                    .strip_prefix("test(\"")
                    .or(line.strip_prefix("await t.test(\""))
                    .and_then(|rest| rest.split('"').next()),
            };
            all.extend(named.map(str::to_owned));
            let is_attribute = line.starts_with("#[");
            attribute = line.starts_with("#[test]")
                || line.starts_with("#[tokio::test")
                || (attribute && is_attribute);
        }
    }
}

#[test]
fn every_defence_is_there_and_is_tested() {
    let page = Page::read("host/docs/threats.md");
    let mut known = BTreeSet::new();
    for folder in ["host", "guest", "examples", "terraform"] {
        tests(&root().join(folder), &mut known);
    }
    assert!(known.len() > 400, "only {} tests were found", known.len());
    let rows: Vec<Vec<&str>> = page
        .text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| Who "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() > 30, "only {} rows were found", rows.len());
    let mut untested = 0;
    for row in &rows {
        let [who, what, held, proof] = row.as_slice() else {
            panic!("a row has four cells: {row:?}");
        };
        // Links to files are checked with all others.
        assert!(held.contains("](") || held.starts_with("nothing"), "{who}, {what}: {held}");
        if proof.starts_with("not tested: ") {
            untested += 1;
            continue;
        }
        let named: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{who}, {what}: no test is named");
        for name in named {
            assert!(known.contains(name), "{who}, {what}: there is no test `{name}`");
        }
    }
    assert!(untested <= 6, "{untested} rows are not tested");
}
