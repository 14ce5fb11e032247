//! The sandbox: a component runs here, with nothing granted.
//!
//! - `engine`: wasmtime's configuration, and the engine id that names it
//! - `artifact`: compiled components; the one place that says `unsafe`
//! - `world`: which imports and exports a component may have
//! - `contract`: the bindings of `wit/transform.wit`
//! - `wasi`: the system interfaces, all of them empty-handed
//! - `transfer`: what flows through a run: the source in, renditions out
//! - `limits`, `clock`: memory and time
//! - `run`: one call, from a fresh instance to its outcome
//! - `failure`: how a run can fail

mod artifact;
mod clock;
mod contract;
mod engine;
mod failure;
mod limits;
mod run;
mod state;
mod transfer;
mod wasi;
mod world;

pub use artifact::{Artifact, LoadError};
pub use contract::{Description, EXPORT, PACKAGE, RenditionSpec, VERSION};
#[cfg(feature = "compiler")]
pub(crate) use engine::CORE_INSTANCES_PER_COMPONENT;
pub use engine::{ENGINE_ID, MAX_MEMORY_BYTES, Sandbox};
pub use failure::Failure;
pub use limits::Limits;
pub use run::{Job, Measured, Run};
pub use transfer::{Interruption, Rendition, RenditionSink, SourceInfo, SourceStream};
pub use world::Transform;
#[cfg(feature = "compiler")]
pub use world::may_import;
