//! Documents of version 1: a route has one transform.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::StepLimits;
use super::pattern::Match;
use super::route::Route;
use super::share::{Canary, Shadow};
use super::step::Step;
use crate::digest::Digest;
use crate::key::KeyTemplate;
use crate::name::{Channel, TransformName};

/// A document of version 1.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DocumentV1")]
pub(super) struct Document {
    /// The address of the document's schema, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    /// The version of this format.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// The routes, in order.
    pub(super) routes: Vec<RouteV1>,
}

/// Which pictures are rendered how.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteV1 {
    /// Its name, for logs and manifests.
    name: String,
    /// Key patterns. All keys, if empty.
    #[serde(default)]
    keys: Vec<Match>,
    /// Media types, as detected from the bytes. All, if empty.
    #[serde(default)]
    media_types: Vec<String>,
    /// The transform's name.
    transform: TransformName,
    /// The channel that names the transform's active component.
    #[serde(default)]
    channel: Channel,
    /// The digest of a pinned component, instead of the channel's.
    #[serde(default)]
    digest: Option<Digest>,
    /// A share of the pictures for the transform's canary. None, if absent.
    #[serde(default)]
    canary: Option<Canary>,
    /// A share of the pictures that a candidate also renders. None, if absent.
    #[serde(default)]
    shadow: Option<Shadow>,
    /// The transform's parameters. Its own defaults, if absent.
    #[serde(default)]
    parameters: Option<Value>,
    /// The template of renditions' keys.
    #[serde(default)]
    key_template: KeyTemplate,
    /// The `Cache-Control` header of renditions.
    #[serde(default)]
    cache_control: Option<String>,
    /// Limits on the cost of a picture.
    #[serde(default)]
    limits: StepLimits,
}

impl From<RouteV1> for Route {
    fn from(route: RouteV1) -> Self {
        let step = Step {
            channel: route.channel,
            digest: route.digest,
            canary: route.canary,
            shadow: route.shadow,
            parameters: route.parameters,
            limits: route.limits,
            ..Step::new(route.transform)
        };
        Self {
            name: route.name,
            keys: route.keys,
            media_types: route.media_types,
            ignore: false,
            steps: vec![step],
            key_template: route.key_template,
            cache_control: route.cache_control,
            disposition: None,
            metadata: Vec::new(),
        }
    }
}
