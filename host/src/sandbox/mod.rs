//! The sandbox, which runs components without any capabilities.
//!
//! - `engine`: wasmtime's configuration, and the engine id that names it
//! - `artifact`: compiled components; the only file with `unsafe`
//! - `world`: checks imports and exports
//! - `contract`: the bindings of `wit/transform.wit`
//! - `calls`: the functions that components import from the contract
//! - `imports`: the interfaces that a component may import
//! - `wasi`: stubs of the system interfaces
//! - `untrusted`: validation of a component's output
//! - `content`: the media types of renditions, and their bytes
//! - `transfer`: the data of a run: source and renditions
//! - `limits`, `clock`: memory and time
//! - `run`: runs one call in a fresh instance
//! - `failure`: failures of a run

mod artifact;
mod calls;
mod clock;
mod content;
mod contract;
mod engine;
mod failure;
mod imports;
mod limits;
mod run;
mod state;
mod transfer;
mod untrusted;
mod wasi;
mod world;

pub use artifact::{Artifact, LoadError};
pub use content::AllowedTypes;
pub use contract::{Description, EXPORT, PACKAGE, RenditionSpec, VERSION};
#[cfg(feature = "compiler")]
pub(crate) use engine::{
    CORE_INSTANCES_PER_COMPONENT, MEMORIES_PER_COMPONENT, TABLES_PER_COMPONENT,
};
pub use engine::{ENGINE_ID, MAX_MEMORY_BYTES, Sandbox};
pub use failure::Failure;
pub use imports::{NEWEST_WASI, RefusedImports};
pub use limits::Limits;
pub use run::{Job, Measured, Run};
pub use transfer::{Basket, Interruption, Rendition, RenditionSink, SourceInfo, SourceStream};
pub use untrusted::{
    MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTES, MAX_ATTRIBUTES_JSON, MAX_MEDIA_TYPES, MAX_RENDITIONS,
    check_description,
};
pub use world::Transform;
