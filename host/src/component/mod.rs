//! Published components: which one is active, and its compiled code.
//!
//! - `pointer`: the object that names a channel's active component
//! - `pointers`: reads and conditional updates of pointers
//! - `layout`: the keys in the components bucket
//! - `trial`: a candidate and the component that it is compared with
//! - `dependencies`: the crates that a component declares
//! - `registry`: finds and loads the components that routes name
//! - `loaded`: a cache of loaded components

mod dependencies;
mod layout;
mod loaded;
mod pointer;
mod pointers;
mod registry;
mod trial;

pub use crate::name::{Channel, TransformName};
pub use dependencies::{Dependencies, Package, SECTION as DEPENDENCIES, is_name as is_crate_name};
pub use layout::{
    INCOMING, OUTCOMES, REPORTS, TRANSFORMS, artifact_key, component_key, golden_prefix,
    pointer_key, proof_key, release_key, report_key, taken_back_key, version_key,
};
pub use pointer::{ArtifactRecord, Pointer, Release, Withdrawal};
pub use pointers::{Current, Decision, Moved, Pointers};
pub use registry::{Active, Choice, Registry};
pub use trial::Trial;
