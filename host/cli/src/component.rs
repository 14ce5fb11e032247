//! Reads and compiles a component.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use obscura::digest::Digest;
use obscura::sandbox::{Artifact, Failure, Sandbox, Transform};

use crate::{built, compiled};

/// A component's bytes, and their digest.
pub(crate) struct Component {
    path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    /// The component's digest, its identity everywhere.
    pub(crate) digest: Digest,
}

impl Component {
    /// Read this file, or the built-in transform's.
    pub(crate) fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => built::resize()?,
        };
        let bytes = std::fs::read(&path)
            .with_context(|| format!("cannot read the component {}", path.display()))?;
        let digest = Digest::of(&bytes);
        Ok(Self { path, bytes, digest })
    }

    /// Compile it, unless it is in the user's cache, and check that it is a transform.
    pub(crate) fn load(&self, sandbox: &Sandbox) -> Result<Transform, Failure> {
        let cache = compiled::folder();
        let cache = cache.as_deref();
        if let Some(known) = cache.and_then(|cache| compiled::read(cache, self.digest, sandbox)) {
            return Ok(known);
        }
        let artifact = self.compile(sandbox)?;
        let transform = Transform::load(sandbox, &artifact)?;
        if let Some(cache) = cache {
            compiled::keep(cache, self.digest, &artifact);
        }
        Ok(transform)
    }

    /// Compile it.
    pub(crate) fn compile(&self, sandbox: &Sandbox) -> Result<Artifact, Failure> {
        Artifact::compile(sandbox, &self.bytes)
            .map_err(|error| Failure::WorldMismatch(format!("{}: {error:#}", self.path.display())))
    }
}
