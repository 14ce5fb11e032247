//! The keys in the components bucket.

use super::{Channel, TransformName};
use crate::digest::Digest;

/// The object that names a channel's active component.
pub fn pointer_key(transform: &TransformName, channel: Channel) -> String {
    format!("transforms/{transform}/channels/{channel}.json")
}

/// The record of a published component.
pub fn release_key(transform: &TransformName, digest: Digest) -> String {
    format!("transforms/{transform}/{digest}/release.json")
}

/// The component itself.
pub fn component_key(transform: &TransformName, digest: Digest) -> String {
    format!("transforms/{transform}/{digest}/component.wasm")
}

/// The component, compiled for an engine.
pub fn artifact_key(transform: &TransformName, digest: Digest, engine: &str) -> String {
    format!("transforms/{transform}/{digest}/{engine}.cwasm")
}
