//! `obscura render` as a program: its output, files and exit code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use obscura::digest::Digest;
use serde_json::Value;
use support::fixtures;
use tempfile::TempDir;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 as far as the echo can tell";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n as far as the echo can tell";

/// A directory to work in.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(self, name: &str, bytes: &[u8]) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Render files of the desk into `out`, with a fixture.
    fn render(&self, fixture: &str, arguments: &[&str]) -> Output {
        let component = fixtures::path(fixture);
        self.command().arg("--component").arg(component).args(arguments).output().unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
        command.current_dir(self.0.path()).args(["render", "--out", "out"]);
        command
    }

    /// Every file below `out`, in order.
    fn written(&self) -> Vec<String> {
        fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(directory).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        walk(&self.path("out"), &mut found);
        let name = |path: &PathBuf| path.strip_prefix(self.0.path()).unwrap().display().to_string();
        let mut names: Vec<String> = found.iter().map(name).collect();
        names.sort();
        names
    }
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn a_line_of_json_says_everything_about_a_picture() {
    let desk = Desk::new().with("photo.jpg", JPEG);
    let output = desk.render("echo", &["photo.jpg", "--json", "--repeat", "3"]);
    assert_eq!(code(&output), 0, "{}", errors(&output));
    let [line] = lines(&output).try_into().unwrap();

    assert_eq!(line["source"], "photo.jpg");
    assert_eq!(line["digest"], Digest::of(&fixtures::component("echo")).to_string());
    let path = "out/photo.jpg/original.jpg";
    let renditions = serde_json::json!([{
        "name": "original", "path": path, "width": 0, "height": 0,
        "bytes": JPEG.len(), "content_type": "image/jpeg",
    }]);
    assert_eq!(line["renditions"], renditions);
    assert_eq!(fs::read(desk.path(path)).unwrap(), JPEG);

    let numbers = |name: &str| -> Vec<f64> {
        line[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let (cpu, wall) = (numbers("guest_cpu_ms"), numbers("wall_ms"));
    assert_eq!((cpu.len(), wall.len()), (3, 3));
    assert!(cpu.iter().zip(&wall).all(|(cpu, wall)| *cpu > 0.0 && *cpu <= wall + 1.0), "{line}");
    assert!(line["peak_memory_bytes"].as_u64().unwrap() > 100_000);
    assert!(line.get("error").is_none());
}

#[test]
fn a_broken_file_does_not_stop_the_others() {
    let desk = Desk::new().with("a.jpg", JPEG).with("empty.jpg", b"").with("z.png", PNG);
    fs::create_dir(desk.path("directory")).unwrap();
    let files = ["a.jpg", "empty.jpg", "missing.jpg", "directory", "z.png", "--json"];
    let output = desk.render("echo", &files);
    assert_eq!(code(&output), 1);

    let lines = lines(&output);
    let codes: Vec<&str> =
        lines.iter().map(|line| line["error"]["code"].as_str().unwrap_or("")).collect();
    let unreadable = "source-unreadable";
    assert_eq!(codes, ["", "unsupported-format", unreadable, unreadable, ""]);
    let empty = &lines[1];
    assert_eq!(empty["error"]["message"], "The file is empty.");
    assert_eq!(empty["source"], "empty.jpg");
    assert_eq!(empty["digest"], lines[0]["digest"]);
    assert_eq!(empty["guest_cpu_ms"].as_array().unwrap().len(), 1);
    assert!(empty.get("renditions").is_none());
    assert_eq!(desk.written(), ["out/a.jpg/original.jpg", "out/z.png/original.png"]);
}

#[test]
fn people_get_lines_of_their_own() {
    let desk = Desk::new().with("a.jpg", JPEG).with("empty.jpg", b"");
    let output = desk.render("echo", &["a.jpg", "empty.jpg"]);
    assert_eq!(code(&output), 1);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.contains("out/a.jpg/original.jpg"), "{text}");
    assert!(text.contains("unsupported-format The file is empty."), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal: {text}");
    assert!(errors(&output).contains("1 of 2 pictures rendered"), "{}", errors(&output));
}

#[test]
fn pictures_of_one_name_do_not_overwrite_each_other() {
    let desk = Desk::new().with("a/x.jpg", JPEG).with("b/x.jpg", PNG);
    let output = desk.render("echo", &["a/x.jpg", "b/x.jpg"]);
    assert_eq!(code(&output), 0, "{}", errors(&output));
    assert_eq!(desk.written(), ["out/x.jpg/original.jpg", "out/x.jpg~2/original.png"]);
}

#[test]
fn a_picture_that_fails_halfway_writes_nothing() {
    let desk = Desk::new().with("a.jpg", JPEG);
    let parameters = r#"{"behave":"emit-twice"}"#;
    let output = desk.render("hostile", &["a.jpg", "--json", "--params", parameters]);
    assert_eq!(code(&output), 1);
    assert_eq!(lines(&output)[0]["error"]["code"], "plan-mismatch");
    assert!(desk.written().is_empty(), "{:?}", desk.written());
}

#[test]
fn a_source_is_never_written_to() {
    let desk = Desk::new().with("out/a.jpg", JPEG);
    let output = desk.render("echo", &["out/a.jpg", "--json"]);
    assert_eq!(code(&output), 1);
    assert_eq!(lines(&output)[0]["error"]["code"], "output-unwritable");
    assert_eq!(fs::read(desk.path("out/a.jpg")).unwrap(), JPEG);
}

#[test]
fn parameters_come_from_the_command_line_or_a_file() {
    let desk = Desk::new().with("a.jpg", JPEG).with("p.json", br#"{"rendition":"filed"}"#);
    assert_eq!(code(&desk.render("echo", &["a.jpg", "--params", r#"{"rendition":"named"}"#])), 0);
    assert_eq!(code(&desk.render("echo", &["a.jpg", "--params", "@p.json"])), 0);
    assert_eq!(desk.written(), ["out/a.jpg/filed.jpg", "out/a.jpg/named.jpg"]);

    let output = desk.render("echo", &["a.jpg", "--params", "@missing.json"]);
    assert_eq!(code(&output), 2);
    assert!(errors(&output).contains("cannot read the parameters from missing.json"));
}

#[test]
fn invalid_parameters_are_reported_before_any_picture_is_read() {
    let desk = Desk::new().with("a.jpg", JPEG);
    let files = ["a.jpg", "b.jpg", "--params", r#"{"renditoin":"x"}"#];
    let output = desk.render("echo", &files);
    assert_eq!(code(&output), 2);
    assert!(output.stdout.is_empty());
    assert!(errors(&output).starts_with("invalid-parameters `renditoin`: "), "{}", errors(&output));

    // Programs still get a line per picture.
    let output = desk.render("echo", &[&files[..], &["--json"]].concat());
    assert_eq!(code(&output), 2);
    let lines = lines(&output);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["source"], "b.jpg");
    assert!(lines.iter().all(|line| line["error"]["code"] == "invalid-parameters"));
}

#[test]
fn a_component_that_cannot_be_loaded_ends_it_all() {
    let desk = Desk::new().with("a.jpg", JPEG).with("module.wasm", b"\0asm\x01\0\0\0");
    let output = desk.render("socket", &["a.jpg", "--json"]);
    assert_eq!(code(&output), 2);
    assert_eq!(lines(&output)[0]["error"]["code"], "import-not-allowed");
    assert!(errors(&output).contains("wasi:sockets/"));

    for (component, words) in [
        ("module.wasm", "it is a core WebAssembly module"),
        ("a.jpg", "it is not WebAssembly"),
        ("missing.wasm", "cannot read the component missing.wasm"),
    ] {
        let output = desk.command().args(["a.jpg", "--component", component]).output().unwrap();
        assert_eq!(code(&output), 2, "{component}");
        assert!(errors(&output).contains(words), "{}", errors(&output));
    }
    assert!(desk.written().is_empty());
}

#[test]
fn limits_are_passed_on() {
    let desk = Desk::new().with("a.jpg", JPEG);
    let cases = [
        ("spin", u64::MAX, ["--max-time-s", "0.2"], "time-exceeded"),
        ("allocate", 0, ["--max-memory-mib", "16"], "memory-exceeded"),
        ("emit-parts", 2, ["--max-output-mib", "31"], "output-exceeded"),
    ];
    for (behave, amount, limit, expected) in cases {
        let parameters = format!(r#"{{"behave":"{behave}","amount":{amount}}}"#);
        let arguments = ["a.jpg", "--json", "--params", &parameters];
        let output = desk.render("hostile", &[&arguments[..], &limit[..]].concat());
        assert_eq!(code(&output), 1, "{}", errors(&output));
        assert_eq!(lines(&output)[0]["error"]["code"], expected);
    }
}

#[test]
fn limits_that_cannot_be_are_refused() {
    let desk = Desk::new().with("a.jpg", JPEG);
    for limit in [
        ["--max-time-s", "0"],
        ["--max-time-s", "NaN"],
        ["--max-time-s", "inf"],
        ["--max-memory-mib", "0"],
        ["--max-memory-mib", "2049"],
        ["--max-output-mib", "0"],
        ["--repeat", "0"],
    ] {
        let output = desk.render("echo", &[&["a.jpg"][..], &limit[..]].concat());
        assert_eq!(code(&output), 2, "{limit:?}");
        assert!(errors(&output).contains(limit[0]), "{}", errors(&output));
    }
}

#[test]
fn a_name_cannot_steer_the_terminal() {
    let desk = Desk::new().with("\u{1b}[31mred.jpg", b"");
    let output = desk.render("echo", &["\u{1b}[31mred.jpg"]);
    assert_eq!(code(&output), 1);
    assert!(!output.stdout.contains(&0x1b), "{:?}", String::from_utf8_lossy(&output.stdout));
}
