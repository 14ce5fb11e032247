//! What is to be proved.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::component::{Channel, TransformName};
use crate::digest::Digest;
use crate::document::{Document, Step};
use crate::sandbox::Artifact;

/// What is to be proved.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// The component.
    pub component: Bytes,
    /// The name that it must give itself, if that is known beforehand.
    pub transform: Option<TransformName>,
    /// The parameters that it will be used with, besides its own defaults.
    pub settings: Vec<Setting>,
    /// The author's golden pictures.
    pub pictures: Vec<Picture>,
    /// Its compiled form, if it was compiled before.
    pub artifact: Option<Artifact>,
}

/// Parameters, and who uses them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Such as ``route `avatars` ``.
    pub used_by: String,
    /// The parameters, as JSON text; empty for the transform's defaults.
    pub parameters: String,
}

/// A picture to try it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its name, for messages.
    pub name: String,
    /// The file.
    pub body: Bytes,
}

/// The settings of the steps that will use a component once it is active. A
/// canary may get the pictures of every step of its transform.
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
