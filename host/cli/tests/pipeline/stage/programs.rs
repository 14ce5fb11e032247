//! Programs that are built before the first test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The function as deployed, except for the profile: built separately, without other programs'
/// features.
pub(crate) fn bootstrap() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        cargo(&["build", "-p", "obscura", "--bin", "bootstrap"]);
        target().join("debug/bootstrap")
    })
}

/// The publish function, built as `.ci/programs` builds it.
pub(crate) fn publisher() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let operate = if cfg!(feature = "operate") { ",obscura-cli/operate" } else { "" };
        let features = format!("obscura/compiler{operate}");
        let packages = ["build", "-p", "obscura", "-p", "obscura-cli", "--bin", "publisher"];
        cargo(&[&packages[..], &["--features", &features]].concat());
        target().join("debug/publisher")
    })
}

/// The fixture `hostile` with another default behaviour, name and version.
pub(crate) fn tuned(behaviour: &str, name: &str, version: &str) -> Vec<u8> {
    const MARKER: &[u8] = b"obscura-hostile:";
    let mut wasm = component("fixture-hostile");
    let start = wasm.windows(MARKER.len()).position(|bytes| bytes == MARKER).unwrap();
    let text = format!("obscura-hostile:{behaviour}|{name}|{version}");
    assert!(text.len() <= 80, "{text}");
    wasm[start..start + 80].copy_from_slice(format!("{text:80}").as_bytes());
    wasm
}

/// A component: a guest package of this workspace.
pub(crate) fn component(package: &str) -> Vec<u8> {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        // A published package is built alone; the fixtures share their dependencies.
        let how = ["--target", "wasm32-wasip2", "--profile", "guest"];
        cargo(&[&["build", "-p", "resize"], &how[..]].concat());
        let fixtures = ["echo", "echo-next", "echo-faulty", "hostile"];
        let fixtures = fixtures.map(|name| format!("--package=fixture-{name}"));
        let fixtures: Vec<&str> = fixtures.iter().map(String::as_str).collect();
        cargo(&[&["build"], &fixtures[..], &how[..]].concat());
    });
    let file = format!("{}.wasm", package.replace('-', "_"));
    std::fs::read(target().join("wasm32-wasip2/guest").join(file)).unwrap()
}

fn target() -> PathBuf {
    // `target/tmp` is for tests; builds are next to it.
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

fn cargo(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO"));
    // Variables that cargo sets for this test's package. A build script that reads them (such as
    // ring's) would run again, and its dependents would be compiled again.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    let status = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .arg("--quiet")
        .arg("--target-dir")
        .arg(target())
        .status();
    assert!(status.unwrap().success(), "cargo {arguments:?}");
}
