//! The input of a proof.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::component::{Channel, TransformName};
use crate::digest::Digest;
use crate::document::{Document, Step};
use crate::sandbox::Artifact;

/// A component to prove.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// The component.
    pub component: Bytes,
    /// The name that `describe` must return, if known.
    pub transform: Option<TransformName>,
    /// The parameters of live routes, in addition to its defaults.
    pub settings: Vec<Setting>,
    /// The author's golden pictures.
    pub pictures: Vec<Picture>,
    /// Its artifact, if it was compiled before.
    pub artifact: Option<Artifact>,
}

/// Parameters, and where they are used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Such as ``route `avatars` ``.
    pub used_by: String,
    /// The parameters, as JSON text; empty for the transform's defaults.
    pub parameters: String,
}

/// A golden picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its name, for messages.
    pub name: String,
    /// The file.
    pub body: Bytes,
}

/// The parameters of the steps that will use a component once it is active. A canary may get the
/// pictures of every step of its transform.
pub fn settings(
    document: &Document,
    transform: &TransformName,
    channel: Channel,
    digest: Digest,
) -> Vec<Setting> {
    let uses = |step: &Step| {
        step.transform == *transform
            && match step.digest {
                Some(pinned) => pinned == digest,
                None => step.channel == channel || channel == Channel::Canary,
            }
    };
    let steps = document.steps().filter(|(_, step)| uses(step));
    steps
        .map(|(route, step)| Setting {
            used_by: match route.steps.len() {
                1 => format!("route `{}`", route.name),
                _ => format!("step `{}`", route.label(step)),
            },
            parameters: step.parameters_text(),
        })
        .collect()
}
