//! Compiled components. All `unsafe` code of this crate is in this file.
#![allow(unsafe_code)]

use wasmtime::component::Component;

use super::{ENGINE_ID, Sandbox};
use crate::digest::Digest;

/// A compiled component whose bytes match a pointer's digest.
///
/// It can only be created by comparing its digest, and exactly these bytes are loaded: there is no
/// second read between check and use.
#[derive(Debug, Clone)]
pub struct Artifact {
    bytes: bytes::Bytes,
    digest: Digest,
}

/// Why an artifact could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not the published ones.
    #[error("the artifact's digest is {found}, but {expected} was published")]
    Digest {
        /// The expected digest.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// It was made for another engine, or this processor lacks a feature.
    #[error("the artifact does not fit the engine {ENGINE_ID}: {0}")]
    Engine(String),
}

impl Artifact {
    /// Accept bytes from the components bucket, or from the user's own cache, if their digest is
    /// the one that was recorded at compilation.
    ///
    /// # Errors
    /// [`LoadError::Digest`] if it is not.
    pub fn verify(bytes: bytes::Bytes, expected: Digest) -> Result<Self, LoadError> {
        let found = Digest::of(&bytes);
        if found != expected {
            return Err(LoadError::Digest { expected, found });
        }
        Ok(Self { bytes, digest: expected })
    }

    /// The digest of the artifact's bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The artifact's bytes, to be stored.
    pub fn bytes(&self) -> &bytes::Bytes {
        &self.bytes
    }

    /// Map the code into memory.
    pub(super) fn load(&self, sandbox: &Sandbox) -> Result<Component, LoadError> {
        // SAFETY: `deserialize` requires bytes that wasmtime's own compiler made. Their digest
        // matches a pointer in the components bucket, or a file that only this user can write
        // (`verify`), or they come from `compile` below, here or in a child process. Only the
        // publish function's role may write pointers, and it writes the digests of `compile`'s
        // output. The bytes are immutable and owned by `self`.
        unsafe { Component::deserialize(sandbox.engine(), &self.bytes) }
            .map_err(|error| LoadError::Engine(format!("{error:#}")))
    }
}

#[cfg(feature = "compiler")]
mod compile {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::{Artifact, Digest, Sandbox};

    impl Artifact {
        /// Compile a component for this sandbox's engine.
        ///
        /// # Errors
        /// When the bytes are not a valid component, with the reason.
        pub fn compile(sandbox: &Sandbox, component: &[u8]) -> wasmtime::Result<Self> {
            check_preamble(component)?;
            // A panic of the compiler must not end the publishing process. The only shared state is
            // the engine, which the compiler only reads.
            let compile = || sandbox.engine().precompile_component(component);
            let bytes = catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|panic| {
                wasmtime::bail!("the compiler gave up on it ({})", message(&*panic))
            })?;
            let artifact = Self::from_compiler(bytes.into());
            // Whether an instance fits into the sandbox is only known when it is loaded. If it does
            // not, the component is at fault.
            artifact.load(sandbox).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
            Ok(artifact)
        }

        /// Accept the result of [`compile`](Self::compile) in a child process of this program,
        /// received through a pipe.
        pub(crate) fn from_compiler(bytes: bytes::Bytes) -> Self {
            let digest = Digest::of(&bytes);
            Self { bytes, digest }
        }
    }

    /// The message of a panic.
    fn message(panic: &(dyn std::any::Any + Send)) -> &str {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
    }

    /// The compiler's own message is less readable.
    fn check_preamble(bytes: &[u8]) -> wasmtime::Result<()> {
        match bytes.get(..8) {
            Some(b"\0asm\x0d\0\x01\0") => Ok(()),
            Some(b"\0asm\x01\0\0\0") => wasmtime::bail!(
                "it is a core WebAssembly module; a component is expected, \
                 which Rust makes for the target wasm32-wasip2"
            ),
            _ => wasmtime::bail!("it is not WebAssembly"),
        }
    }
}

/// The processor features that the compiler may use.
#[cfg(feature = "compiler")]
pub(super) fn compiler_settings(config: &mut wasmtime::Config) {
    config.cranelift_opt_level(wasmtime::OptLevel::Speed);
    #[cfg(target_arch = "x86_64")]
    // SAFETY: these only name processor features. The loading engine compares
    // each of them with the processor that it runs on and refuses the artifact
    // if one is missing.
    unsafe {
        config.cranelift_flag_enable("x86-64-v3");
        // The preset has AVX2 but not AVX, without which Cranelift uses neither.
        config.cranelift_flag_enable("has_avx");
    }
}
