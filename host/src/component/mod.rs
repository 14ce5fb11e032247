//! Published components: which one is active, and its compiled code.
//!
//! - `name`: names of transforms and channels
//! - `pointer`: the object that names a channel's active component
//! - `pointers`: pointers in the bucket: read, and moved on condition
//! - `layout`: the keys in the components bucket
//! - `trial`: a component that is tried beside another one
//! - `dependencies`: the crates that a component says it is built from
//! - `registry`: the component that a route names, found and loaded
//! - `loaded`: loaded components, kept for the next picture

mod dependencies;
mod layout;
mod loaded;
mod name;
mod pointer;
mod pointers;
mod registry;
mod trial;

pub use dependencies::{Dependencies, Package, SECTION as DEPENDENCIES, is_name as is_crate_name};
pub use layout::{
    INCOMING, OUTCOMES, REPORTS, TRANSFORMS, artifact_key, component_key, golden_prefix,
    pointer_key, proof_key, release_key, report_key, taken_back_key, version_key,
};
pub use name::{Channel, TransformName};
pub use pointer::{ArtifactRecord, Pointer, Release, Withdrawal};
pub use pointers::{Current, Decision, Moved, Pointers};
pub use registry::{Active, Choice, Registry};
pub use trial::Trial;
