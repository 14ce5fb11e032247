//! The components of `guest/fixtures`, built on demand.
//!
//! Cargo builds them all the first time that a test program asks for one, and has nothing to do the
//! next time. They have a separate target directory, to avoid waiting for other builds. Under
//! nextest, where each test is a process, the first one builds for the whole run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The file of the fixture in `guest/fixtures/<name>`.
pub fn path(name: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(build);
    let file = directory.join(format!("fixture_{}.wasm", name.replace('-', "_")));
    assert!(file.is_file(), "there is no fixture {name}: {} is missing", file.display());
    file
}

/// The component in `guest/fixtures/<name>`.
pub fn component(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

/// Another guest package, built with the fixtures.
pub fn guest(package: &str) -> Vec<u8> {
    assert!(GUESTS.contains(&package), "{package} is not built with the fixtures");
    let file = path("echo").with_file_name(format!("{}.wasm", package.replace('-', "_")));
    fs::read(file).unwrap()
}

/// Guests that are built with the fixtures.
const GUESTS: [&str; 1] = ["file-adapter"];

/// Build all of them; the directory that they are in.
fn build() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixtures");
    fs::create_dir_all(&target).unwrap();
    let lock = File::create(target.join("lock")).unwrap();
    lock.lock().unwrap();

    let run = std::env::var("NEXTEST_RUN_ID").ok();
    let stamp = target.join("last-run");
    if run.is_none() || fs::read_to_string(&stamp).ok() != run {
        cargo_build(&workspace(), &target);
        fs::write(&stamp, run.unwrap_or_default()).unwrap();
    }
    target.join("wasm32-wasip2/guest-dev")
}

fn cargo_build(workspace: &Path, target: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace)
        .args(["build", "--quiet", "--locked", "--profile", "guest-dev"])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(target);
    for fixture in fs::read_dir(workspace.join("guest/fixtures")).unwrap() {
        let name = fixture.unwrap().file_name();
        command.arg("--package").arg(format!("fixture-{}", name.to_string_lossy()));
    }
    for guest in GUESTS {
        command.arg("--package").arg(guest);
    }
    // The tests' build settings, such as a coverage wrapper, must not affect the guests.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
    {
        command.env_remove(name);
    }
    let output = command.output().expect("cargo cannot be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the fixtures cannot be built:\n{errors}");
}

/// The root of the repository, for any test program.
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = package.ancestors().find(|directory| directory.join("wit").is_dir());
    top.expect("there is no wit/ above this package").to_owned()
}
