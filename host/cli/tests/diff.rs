//! `obscura diff` as a program: its output, files and exit code.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use support::fixtures;
use tempfile::TempDir;

/// A directory with a picture, and a file that is not a picture.
fn desk() -> TempDir {
    let desk = tempfile::tempdir().unwrap();
    let pixels = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, 60]));
    pixels.save_with_format(desk.path().join("a.png"), ImageFormat::Png).unwrap();
    fs::write(desk.path().join("empty.png"), "").unwrap();
    desk
}

/// Compare two fixtures.
fn diff(desk: &Path, old: &str, new: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
    command.current_dir(desk).arg("diff").arg(fixtures::path(old)).arg(fixtures::path(new));
    command.args(["--repeat", "1"]).args(arguments).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn components_that_do_the_same_are_identical() {
    let desk = desk();
    let output = diff(desk.path(), "echo", "echo", &["a.png", "--json", "--at-least", "100"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let [line] = lines(&output).try_into().unwrap();
    assert_eq!(line["source"], "a.png");
    let [pair] = <[Value; 1]>::try_from(line["renditions"].as_array().unwrap().clone()).unwrap();
    assert_eq!((&pair["name"], &pair["identical"]), (&"original".into(), &true.into()));
    assert_eq!(pair["score"], 100.0);
    assert_eq!(pair["old"]["bytes"], fs::metadata(desk.path().join("a.png")).unwrap().len());
    assert!(line["new"]["cpu_ms"].as_f64().unwrap() > 0.0);

    let page = fs::read_to_string(desk.path().join("diff.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("src=\"data:image/png;base64,").count(), 2);
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));
}

#[test]
fn renditions_of_only_one_component_are_reported() {
    let desk = desk();
    // Their renditions have different names.
    let output = diff(desk.path(), "echo", "hostile", &["a.png", "--out", "page.html"]);
    assert_eq!(code(&output), 1, "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("only the old component makes it"), "{text}");
    assert!(text.contains("only the new component makes it"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal: {text}");
    let page = fs::read_to_string(desk.path().join("page.html")).unwrap();
    assert_eq!(page.matches("not made").count(), 2, "{page}");
}

#[test]
fn pictures_that_neither_renders_are_no_difference() {
    let desk = desk();
    let output = diff(desk.path(), "echo", "echo-next", &["empty.png", "--json"]);
    let [line] = lines(&output).try_into().unwrap();
    assert_eq!(line["old"]["error"]["code"], line["new"]["error"]["code"], "{line}");
    assert_eq!(code(&output), 0, "{line}");
}

#[test]
fn nothing_is_compared_if_something_is_wrong() {
    let desk = desk();
    for (new, arguments, words) in [
        ("socket", &["a.png"][..], "import-not-allowed"),
        ("echo", &["missing.png"], "cannot read missing.png"),
        ("echo", &["a.png", "--params", r#"{"nonsense": 1}"#], "invalid-parameters"),
        ("echo", &["a.png", "--out", "no/such/directory.html"], "cannot write"),
    ] {
        let output = diff(desk.path(), "echo", new, arguments);
        assert_eq!(code(&output), 2, "{words}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(words), "{errors}");
    }
}
