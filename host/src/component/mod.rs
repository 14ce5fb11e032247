//! Published components: which one is active, and its compiled code.
//!
//! - `name`: names of transforms and channels
//! - `pointer`: the object that names a channel's active component
//! - `layout`: the keys in the components bucket
//! - `registry`: loaded components, kept for the next picture

mod layout;
mod name;
mod pointer;
mod registry;

pub use layout::{artifact_key, component_key, pointer_key, release_key};
pub use name::{Channel, TransformName};
pub use pointer::{ArtifactRecord, Pointer, Release};
pub use registry::{Active, Registry};
