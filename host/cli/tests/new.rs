//! `obscura new`: the generated project passes the gate and renders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use obscura::document::Document;
use support::fixtures::{self, workspace};
use tempfile::TempDir;

/// A folder to work in.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a new transform `measure` in `language`, and its build dependencies, `tool` of the
    /// workspace, as `place`. None if these are not installed, unless `required` is set.
    fn begun(language: &str, tool: &str, place: &str, required: &str) -> Option<Self> {
        let tool = workspace().join(tool);
        if !tool.is_dir() && std::env::var_os(required).is_none() {
            return None;
        }
        let desk = Self::new();
        let written = desk.obscura(&["new", "measure", "--language", language]);
        assert!(written.status.success(), "{}", said(&written));
        std::os::unix::fs::symlink(&tool, desk.path("measure").join(place)).unwrap();
        Some(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn obscura(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
        command.current_dir(self.0.path()).env("XDG_CACHE_HOME", self.path("cache"));
        command.args(arguments).output().unwrap()
    }

    /// The component passes the gate, and produces this from a picture.
    fn passes(&self, component: &str, name: &str, picture: &str, rendition: &str) {
        let checked = self.obscura(&["check", component]);
        assert!(checked.status.success(), "{}", said(&checked));
        let picture = workspace().join("examples/photos").join(picture);
        let picture = picture.to_str().unwrap();
        let rendered = self.obscura(&["render", picture, "--component", component, "--out", "out"]);
        assert!(rendered.status.success(), "{name}: {}", said(&rendered));
        assert!(self.path(rendition).is_file(), "{name}: {}", said(&rendered));
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The search path, with the tested program.
fn with_program() -> OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_obscura")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([program].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
}

#[test]
#[ignore = "minutes: `just test-all`"]
fn one_in_rust_builds_passes_the_gate_and_renders() {
    let desk = Desk::new();
    let written = desk.obscura(&["new", "no-colours"]);
    assert!(written.status.success(), "{}", said(&written));
    let document = std::fs::read(desk.path("no-colours/pipeline.json")).unwrap();
    let document = Document::parse(&document).unwrap();
    assert_eq!(document.routes[0].steps[0].transform.as_str(), "no-colours");
    // The versions that are already installed.
    std::fs::copy(workspace().join("Cargo.lock"), desk.path("no-colours/Cargo.lock")).unwrap();
    let target = workspace().join("target/new");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(desk.path("no-colours")).env("CARGO_TARGET_DIR", &target);
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    // As in the project, without the optimisations.
    cargo.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    run(cargo.args(["build", "--quiet", "--offline", "--release", "--target", "wasm32-wasip2"]));
    let component = target.join("wasm32-wasip2/release/no_colours.wasm");
    desk.passes(component.to_str().unwrap(), "no-colours", "coffee.jpg", "out/coffee.jpg/grey.jpg");
}

#[test]
fn one_in_python_passes_the_gate_and_renders() {
    let tool = ".tools/componentize-py";
    let Some(desk) = Desk::begun("python", tool, "tool", "REQUIRE_PYTHON") else {
        return;
    };
    run(&mut Command::new(desk.path("measure/build.sh")));
    desk.passes("measure/measure.wasm", "measure", "chelsea.png", "out/chelsea.png/size.json");
}

#[test]
fn one_in_javascript_passes_the_gate_and_renders() {
    let tool = ".tools/componentize-qjs/node_modules";
    let Some(desk) = Desk::begun("javascript", tool, "node_modules", "REQUIRE_NODE") else {
        return;
    };
    // The adapter of `obscura wrap`, where it looks for built components.
    let built = desk.path("measure/target/wasm32-wasip2/guest");
    std::fs::create_dir_all(&built).unwrap();
    std::fs::write(built.join("file_adapter.wasm"), fixtures::guest("file-adapter")).unwrap();
    let mut npm = Command::new("npm");
    npm.current_dir(desk.path("measure")).env("PATH", with_program());
    run(npm.args(["run", "build"]));
    desk.passes("measure/measure.wasm", "measure", "chelsea.png", "out/chelsea.png/size.json");
}

#[test]
fn one_in_c_passes_the_gate_and_renders() {
    let tool = "terraform/.tools/zig";
    let Some(desk) = Desk::begun("c", tool, "tool", "REQUIRE_PYTHON") else {
        return;
    };
    let mut build = Command::new(desk.path("measure/build.sh"));
    run(build.env("PATH", with_program()));
    desk.passes("measure/measure.wasm", "measure", "chelsea.png", "out/chelsea.png/size.json");
    let size = std::fs::read_to_string(desk.path("out/chelsea.png/size.json")).unwrap();
    assert_eq!(size, r#"{"width": 451, "height": 300}"#);
    let broken = workspace().join("examples/photos/coffee.jpg");
    let arguments = ["render", broken.to_str().unwrap(), "--component", "measure/measure.wasm"];
    let refused = desk.obscura(&[&arguments[..], &["--out", "out"]].concat());
    assert!(said(&refused).contains("this is no PNG; upload one instead"), "{}", said(&refused));
}

#[test]
fn nothing_is_overwritten_and_names_are_checked() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).unwrap();
    std::fs::write(desk.path("mine/notes.txt"), "mine").unwrap();
    let refused = desk.obscura(&["new", "mine"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("mine already exists"), "{}", said(&refused));
    assert_eq!(std::fs::read_dir(desk.path("mine")).unwrap().count(), 1);
    for (name, reason) in [("Mine", "is not a transform's name"), ("2x", "begin it with a letter")]
    {
        let refused = desk.obscura(&["new", name]);
        assert_eq!(refused.status.code(), Some(2), "{name}");
        assert!(said(&refused).contains(reason), "{}", said(&refused));
    }
    assert!(desk.obscura(&["new", "2x", "--language", "python"]).status.success());
}

#[test]
fn a_module_that_is_no_transform_is_not_wrapped() {
    let desk = Desk::new();
    let module = wat::parse_str("(module (memory (export \"memory\") 1))").unwrap();
    std::fs::write(desk.path("module.wasm"), module).unwrap();
    let refused = desk.obscura(&["wrap", "module.wasm", "--out", "out.wasm"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = said(&refused);
    assert!(said.contains("module.wasm is a core module, but not a transform"), "{said}");
    assert!(said.contains("describe"), "{said}");
    assert!(!desk.path("out.wasm").exists());
}
