//! The record that makes renditions count.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outcome::Cost;
use super::trial::FailedCanary;
use crate::component::{Choice, TransformName};
use crate::digest::Digest;
use crate::document::Route;
use crate::key::KeyTemplate;

/// The longest parameters' text that every manifest repeats. Most have a few
/// hundred bytes; one with a picture in it is looked up in the document.
const MAX_PARAMETERS_BYTES: usize = 4096;

/// Written after all renditions, at `<key>/manifest.json`: which picture they
/// show, what made them, and what they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format: 1.
    pub version: u32,
    /// The picture.
    pub source: SourceRecord,
    /// The component that made the renditions.
    pub transform: TransformRecord,
    /// The canary that was to make them, and failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<FailedCanary>,
    /// The parameters, unless there are none or their text is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// SHA-256 digest of the parameters' JSON text.
    pub parameters_sha256: Digest,
    /// The route that the picture took.
    pub route: RouteRecord,
    /// The renditions, by name.
    pub renditions: Vec<RenditionRecord>,
    /// When they were made (RFC 3339).
    pub rendered_at: String,
    /// What they cost.
    pub cost: Cost,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The source bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its ETag, without quotes.
    pub etag: String,
    /// Its version, in a bucket that keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its media type, as its bytes tell it.
    pub media_type: String,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformRecord {
    /// The transform's name.
    pub name: TransformName,
    /// Its version.
    pub version: String,
    /// The component's SHA-256 digest.
    pub digest: Digest,
    /// The engine that it was compiled for.
    pub engine: String,
}

/// What of a route shows in what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRecord {
    /// Its name.
    pub name: String,
    /// How keys are made.
    pub key_template: KeyTemplate,
    /// The `Cache-Control` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
}

/// A rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenditionRecord {
    /// Its name.
    pub name: String,
    /// Its key in the destination bucket.
    pub key: String,
    /// Its media type.
    pub media_type: String,
    /// Its width in pixels; 0 if it is not a picture.
    pub width: u32,
    /// Its height in pixels; 0 if it is not a picture.
    pub height: u32,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 digest of its bytes.
    pub sha256: Digest,
    /// The ETag that the store gave it.
    pub etag: String,
    /// Further facts about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
}

/// A route's parameters, as a manifest has them.
pub(super) fn recorded_parameters(route: &Route) -> Option<Value> {
    let short = route.parameters_text().len() <= MAX_PARAMETERS_BYTES;
    route.parameters.clone().filter(|_| short)
}

impl From<&Route> for RouteRecord {
    fn from(route: &Route) -> Self {
        Self {
            name: route.name.clone(),
            key_template: route.key_template.clone(),
            cache_control: route.cache_control.clone(),
        }
    }
}

impl Manifest {
    /// Whether it would be the same if the picture it names were rendered by
    /// this component on this route.
    pub fn is_current(&self, route: &Route, choice: &Choice) -> bool {
        let canary = self.canary.as_ref().map(|canary| canary.digest);
        self.version == 1
            && choice.is_settled_by(self.transform.digest, canary)
            && self.transform.name == route.transform
            && self.parameters_sha256 == Digest::of(route.parameters_text().as_bytes())
            && self.route == RouteRecord::from(route)
    }
}
