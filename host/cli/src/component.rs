//! A component: from its file to something that can be run.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use obscura::digest::Digest;
use obscura::sandbox::{Artifact, Failure, Sandbox, Transform};

/// The built-in transform's file, next to the executable or where it is built.
const BUILT_IN: &str = "resize.wasm";
const BUILT_AT: &str = "target/wasm32-wasip2/guest";
const HOW_TO_BUILD: &str = "cargo build --profile guest --target wasm32-wasip2 -p resize";

/// A component's bytes, and their digest.
pub(crate) struct Component {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Names the component, everywhere.
    pub(crate) digest: Digest,
}

impl Component {
    /// Read this file, or the built-in transform's.
    pub(crate) fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => built_in()?,
        };
        let bytes = std::fs::read(&path)
            .with_context(|| format!("cannot read the component {}", path.display()))?;
        let digest = Digest::of(&bytes);
        Ok(Self { path, bytes, digest })
    }

    /// Compile it, and check that it is a transform.
    ///
    /// It is compiled anew in every process, which takes a second or two: what
    /// lies compiled in a directory of the user's would be code to be trusted
    /// without being looked at.
    pub(crate) fn load(&self, sandbox: &Sandbox) -> Result<Transform, Failure> {
        let artifact = Artifact::compile(sandbox, &self.bytes).map_err(|error| {
            Failure::WorldMismatch(format!("{}: {error:#}", self.path.display()))
        })?;
        Transform::load(sandbox, &artifact)
    }
}

/// The built-in transform: beside the executable as it is installed, or below a
/// directory above it or the current one as it is built.
fn built_in() -> anyhow::Result<PathBuf> {
    let executable = std::env::current_exe().context("cannot tell where this program lies")?;
    let beside = executable.parent().map(|directory| directory.join(BUILT_IN));
    let current = std::env::current_dir().unwrap_or_default();
    let above = executable.ancestors().chain(current.ancestors()).skip(1);
    let built = above.map(|directory| directory.join(BUILT_AT).join(BUILT_IN));
    match beside.into_iter().chain(built).find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!(
            "the built-in transform {BUILT_IN} is neither beside {} nor in {BUILT_AT}; \
             build it with `{HOW_TO_BUILD}`, or name a component with --component",
            executable.display()
        ),
    }
}
