//! Where this project's other programs and components are built.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use obscura::gate::Prover;

/// The built-in transform.
pub(crate) fn resize() -> anyhow::Result<PathBuf> {
    find(
        "resize.wasm",
        &["target/wasm32-wasip2/guest"],
        "cargo build --profile guest --target wasm32-wasip2 -p resize",
        "--component",
    )
}

/// The adapter between the host and a transform of whole files.
pub(crate) fn file_adapter() -> anyhow::Result<PathBuf> {
    find(
        "file_adapter.wasm",
        &["target/wasm32-wasip2/guest"],
        "cargo build --profile guest --target wasm32-wasip2 -p file-adapter",
        "--adapter",
    )
}

/// The transform function.
pub(crate) fn bootstrap() -> anyhow::Result<PathBuf> {
    let places = ["target/release", "target/debug"];
    find("bootstrap", &places, "cargo build -p obscura --bin bootstrap", "--bootstrap")
}

/// The publish function.
pub(crate) fn publisher() -> anyhow::Result<PathBuf> {
    let places = ["target/release", "target/debug"];
    let how = "cargo build -p obscura --features compiler --bin publisher";
    find("publisher", &places, how, "--publisher")
}

/// The program that proves components: this one, as a child process.
pub(crate) fn prover() -> anyhow::Result<Prover> {
    let executable =
        std::env::current_exe().context("cannot determine the path of this program")?;
    Ok(Prover::new(executable))
}

/// The repository that this program was built in, or the one of the current directory.
pub(crate) fn repository() -> Option<PathBuf> {
    let executable = std::env::current_exe().unwrap_or_default();
    let current = std::env::current_dir().unwrap_or_default();
    let mut above = executable.ancestors().chain(current.ancestors());
    above.find(|root| root.join("guest/sdk/Cargo.toml").is_file()).map(PathBuf::from)
}

/// Next to the executable if it is installed; if it is built, below a parent of its directory or of
/// the current one.
fn find(name: &str, places: &[&str], how: &str, flag: &str) -> anyhow::Result<PathBuf> {
    let executable =
        std::env::current_exe().context("cannot determine the path of this program")?;
    let beside = executable.parent().map(|directory| directory.join(name));
    let current = std::env::current_dir().unwrap_or_default();
    let above = executable.ancestors().chain(current.ancestors()).skip(1);
    let built =
        above.flat_map(|directory| places.iter().map(|place| directory.join(place).join(name)));
    match beside.into_iter().chain(built).find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!(
            "{name} is neither next to {} nor in {}; build it with `{how}`, or name it with {flag}",
            executable.display(),
            places.join(" or ")
        ),
    }
}
