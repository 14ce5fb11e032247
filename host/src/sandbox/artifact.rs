//! Compiled components. Everything `unsafe` in this crate stands here.
#![allow(unsafe_code)]

use wasmtime::component::Component;

use super::{ENGINE_ID, Sandbox};
use crate::digest::Digest;

/// A compiled component whose bytes are those that a pointer names.
///
/// It can only be made by comparing its digest, and it is those very bytes that
/// are loaded: nothing is checked in one place and read again from another.
#[derive(Debug, Clone)]
pub struct Artifact {
    bytes: bytes::Bytes,
    digest: Digest,
}

/// Why an artifact could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not those that were published.
    #[error("the artifact's digest is {found}, but {expected} was published")]
    Digest {
        /// What the pointer names.
        expected: Digest,
        /// What was read.
        found: Digest,
    },
    /// It was made for another engine, or this processor lacks a feature.
    #[error("the artifact does not fit the engine {ENGINE_ID}: {0}")]
    Engine(String),
}

impl Artifact {
    /// Take bytes that were read from the components bucket, or from the user's own
    /// cache, if they have the digest that was written by whoever compiled them.
    ///
    /// # Errors
    /// [`LoadError::Digest`] if they do not.
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
        // SAFETY: `deserialize` asks for bytes that wasmtime's own compiler
        // made. Their digest is the one that a pointer in the components bucket
        // names, or a file that is this user's alone (`verify`), or they come from
        // `compile` below, here or in a child process. Only the publish function's role may write pointers,
        // and it names in them what `compile` gave. The bytes are immutable and owned by `self`.
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
            // A compiler's panic must not end the process that publishes. What is
            // shared is the engine, which compiling only reads.
            let compile = || sandbox.engine().precompile_component(component);
            let bytes = catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|panic| {
                wasmtime::bail!("the compiler gave up on it ({})", message(&*panic))
            })?;
            let artifact = Self::from_compiler(bytes.into());
            // That an instance finds room in the sandbox is only seen when it is
            // loaded. It is the component's fault if it does not.
            artifact.load(sandbox).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
            Ok(artifact)
        }

        /// What [`compile`](Self::compile) gave in a child process of this very
        /// program, and came back through a pipe.
        pub(crate) fn from_compiler(bytes: bytes::Bytes) -> Self {
            let digest = Digest::of(&bytes);
            Self { bytes, digest }
        }
    }

    /// What a panic said.
    fn message(panic: &(dyn std::any::Any + Send)) -> &str {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
    }

    /// The compiler says the same, but not in words for people.
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

/// What the compiler may use of the processor.
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
