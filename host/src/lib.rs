//! Obscura: sandboxed WebAssembly components turn pictures in a source bucket into renditions in a
//! destination bucket.

// Futures are nested deeper than the default limit.
#![recursion_limit = "256"]

pub mod announce;
pub mod chain;
pub mod clock;
pub mod code;
pub mod component;
pub mod config;
pub mod deliver;
pub mod digest;
pub mod document;
pub mod error;
pub mod event;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "compiler")]
pub mod gate;
pub mod key;
pub mod lambda;
pub mod media;
mod name;
pub mod outcomes;
pub mod pipeline;
#[cfg(feature = "compiler")]
pub mod publish;
#[cfg(feature = "compiler")]
pub mod release;
pub mod sandbox;
pub mod store;
pub mod telemetry;
pub mod text;
