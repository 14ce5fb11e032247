//! One rule of the pipeline document.

use std::time::Duration;

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DocumentError;
use super::share::{Canary, Shadow};
use crate::component::{Channel, TransformName};
use crate::digest::Digest;
use crate::key::{KeyTemplate, SourceKey};
use crate::sandbox::{Limits, MAX_MEMORY_BYTES};

/// Which pictures are rendered how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name, for logs and manifests.
    pub name: String,
    /// Keys that it takes, as patterns: `*` stands for anything but `/`, `**`
    /// for anything. All keys, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Match>,
    /// Media types that it takes, as the bytes tell them. All, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
    /// The transform's name.
    pub transform: TransformName,
    /// The channel that names the transform's active component.
    #[serde(default)]
    pub channel: Channel,
    /// A component to stay with, instead of the channel's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// A share of the pictures for the transform's canary. None, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// A share of the pictures that a candidate renders as well. None, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    /// The transform's parameters. Its own defaults, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// How the renditions' keys are made.
    #[serde(default)]
    pub key_template: KeyTemplate,
    /// The `Cache-Control` header of renditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// How much a picture may cost.
    #[serde(default)]
    pub limits: RouteLimits,
}

impl Route {
    /// A route for every picture, through this transform with its defaults.
    pub fn new(name: &str, transform: &str) -> Self {
        Self {
            name: name.to_owned(),
            keys: Vec::new(),
            media_types: Vec::new(),
            transform: TransformName::literal(transform),
            channel: Channel::default(),
            digest: None,
            canary: None,
            shadow: None,
            parameters: None,
            key_template: KeyTemplate::default(),
            cache_control: None,
            limits: RouteLimits::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), DocumentError> {
        let wrong = |what: String| Err(DocumentError(format!("route `{}`: {what}", self.name)));
        if self.name.is_empty() || self.name.len() > 64 {
            return wrong("a name has 1 to 64 characters".to_owned());
        }
        if let Some(bad) =
            self.media_types.iter().find(|text| mediatype::MediaType::parse(text).is_err())
        {
            return wrong(format!("media_types: `{bad}` is not a media type"));
        }
        let printable = |text: &String| text.bytes().all(|c| (32..127).contains(&c));
        if self.cache_control.as_ref().is_some_and(|text| !printable(text)) {
            return wrong("cache_control: only printable ASCII is allowed".to_owned());
        }
        if self.parameters.as_ref().is_some_and(|value| !value.is_object()) {
            return wrong("parameters: an object is expected".to_owned());
        }
        if self.digest.is_some() && self.canary.is_some() {
            return wrong("canary: a route that stays with a digest has none".to_owned());
        }
        if let Some(Err(what)) = self.canary.as_ref().map(Canary::check) {
            return wrong(format!("canary: {what}"));
        }
        if let Some(Err(what)) = self.shadow.as_ref().map(Shadow::check) {
            return wrong(format!("shadow: {what}"));
        }
        self.limits.check().or_else(|what| wrong(format!("limits: {what}")))
    }

    /// Whether this key may take the route.
    pub fn matches_key(&self, key: &SourceKey) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|pattern| pattern.matches(key.as_str()))
    }

    /// Whether a picture of this media type may take the route.
    pub fn matches_media_type(&self, media_type: &str) -> bool {
        self.media_types.is_empty() || self.media_types.iter().any(|one| one == media_type)
    }

    /// The parameters as the transform gets them: JSON text whose objects are
    /// sorted by name; empty for its defaults.
    pub fn parameters_text(&self) -> String {
        Self::text_of(self.parameters.as_ref())
    }

    /// The text of parameters that are recorded elsewhere.
    pub fn text_of(parameters: Option<&Value>) -> String {
        parameters.map(sorted).unwrap_or_default()
    }
}

/// JSON text with the members of objects in order, so that its digest does not
/// depend on how the document was written.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), sorted(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(","))
        }
        plain => plain.to_string(),
    }
}

/// A pattern of keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Match(GlobMatcher);

impl Match {
    fn matches(&self, key: &str) -> bool {
        self.0.is_match(key)
    }
}

impl PartialEq for Match {
    fn eq(&self, other: &Self) -> bool {
        self.0.glob() == other.0.glob()
    }
}

impl TryFrom<String> for Match {
    type Error = String;

    fn try_from(pattern: String) -> Result<Self, String> {
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        glob.map(|glob| Self(glob.compile_matcher())).map_err(|error| error.to_string())
    }
}

impl From<Match> for String {
    fn from(pattern: Match) -> Self {
        pattern.0.glob().glob().to_owned()
    }
}

impl JsonSchema for Match {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Match".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "examples": ["photos/**", "*/avatar.*"] })
    }
}

/// How much a picture may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouteLimits {
    /// The most bytes that the upload may have.
    pub max_bytes: u64,
    /// The most pixels, all frames counted.
    pub max_pixels: u64,
    /// The most frames of an animation.
    pub max_frames: u32,
    /// The most memory, in mebibytes; up to 2048.
    pub max_memory_mib: u64,
    /// The most that all renditions may have together, in mebibytes.
    pub max_output_mib: u64,
    /// The most time, in seconds.
    pub max_seconds: f64,
}

impl Default for RouteLimits {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            max_bytes: 256 << 20,
            max_pixels: limits.max_pixels,
            max_frames: limits.max_frames,
            max_memory_mib: limits.max_memory_bytes >> 20,
            max_output_mib: limits.max_output_bytes >> 20,
            max_seconds: limits.max_time.as_secs_f64(),
        }
    }
}

impl RouteLimits {
    fn check(&self) -> Result<(), String> {
        let most = MAX_MEMORY_BYTES >> 20;
        if !(1..=most).contains(&self.max_memory_mib) {
            return Err(format!("max_memory_mib: 1 to {most} are possible"));
        }
        if !(1..=most).contains(&self.max_output_mib) {
            return Err(format!("max_output_mib: 1 to {most} are possible"));
        }
        if !(0.01..=890.0).contains(&self.max_seconds) {
            return Err("max_seconds: 0.01 to 890 are possible".to_owned());
        }
        Ok(())
    }

    /// As the sandbox takes them.
    pub fn for_sandbox(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            max_frames: self.max_frames,
            max_memory_bytes: self.max_memory_mib << 20,
            max_output_bytes: self.max_output_mib << 20,
            max_time: Duration::from_secs_f64(self.max_seconds),
        }
    }
}
