//! A route of the pipeline document.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DocumentError;
use super::disposition::Disposition;
use super::input::Inputs;
use super::pattern::Match;
use super::step::Step;
use crate::key::{KeyTemplate, SourceKey};
use crate::name::TransformName;

/// The maximum number of steps of a route.
const MAX_STEPS: usize = 16;
/// The maximum size of a header, which every rendition has.
const MAX_HEADER_BYTES: usize = 1024;
/// The maximum number of names of user metadata that are copied to renditions.
const MAX_METADATA: usize = 10;
/// The maximum size of that metadata: S3 allows 2 KB per object, part of which is ours.
const MAX_METADATA_BYTES: usize = 1024;

/// The default `Cache-Control` header of immutable keys.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Which pictures are rendered how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name, for logs and manifests.
    pub name: String,
    /// Key patterns: `*` matches anything but `/`, `**` matches anything. All keys, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Match>,
    /// Media types, as detected from the bytes; `image/*` for all pictures. All, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
    /// Whether to ignore matching pictures. Such a route has no steps.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore: bool,
    /// The steps, 1 to 16, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The template of renditions' keys.
    #[serde(default)]
    pub key_template: KeyTemplate,
    /// The `Cache-Control` header of renditions. Where `key_template` has
    /// `{version}`: `public, max-age=31536000, immutable`, unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// What browsers do with a rendition that is opened directly. No such header, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
    /// Names of the picture's user metadata, without `x-amz-meta-`, that are copied to its
    /// renditions: at most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<String>,
}

impl Route {
    /// A route for every picture, with this transform and its defaults.
    pub fn new(name: &str, transform: &str) -> Self {
        Self {
            name: name.to_owned(),
            keys: Vec::new(),
            media_types: Vec::new(),
            ignore: false,
            steps: vec![Step::new(TransformName::literal(transform))],
            key_template: KeyTemplate::default(),
            cache_control: None,
            disposition: None,
            metadata: Vec::new(),
        }
    }

    /// The `Cache-Control` header of renditions.
    pub fn cache_control(&self) -> Option<&str> {
        let immutable = self.key_template.is_versioned().then_some(IMMUTABLE);
        self.cache_control.as_deref().or(immutable)
    }

    /// Whether the route matches this key.
    pub fn matches_key(&self, key: &SourceKey) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|pattern| pattern.matches(key.as_str()))
    }

    /// Whether the route matches this media type.
    pub fn matches_media_type(&self, media_type: &str) -> bool {
        let matches = |one: &String| match one.strip_suffix("/*") {
            Some(kind) => media_type.split('/').next() == Some(kind),
            None => one == media_type,
        };
        self.media_types.is_empty() || self.media_types.iter().any(matches)
    }

    /// The user metadata that is copied to renditions, in order of names. Entries that exceed the
    /// limit are omitted.
    pub fn carried(&self, metadata: &HashMap<String, String>) -> Vec<(String, String)> {
        let mut left = MAX_METADATA_BYTES;
        let mut carried = Vec::new();
        for name in &self.metadata {
            let Some(value) = metadata.get(name) else { continue };
            let printable = value.bytes().all(|c| (32..127).contains(&c));
            match left.checked_sub(name.len() + value.len()).filter(|_| printable) {
                Some(rest) => {
                    left = rest;
                    carried.push((name.clone(), value.clone()));
                }
                None => tracing::warn!(name, bytes = value.len(), "metadata is not copied"),
            }
        }
        carried
    }

    /// A step's name in counts and messages: the route's name, if it is the only step.
    pub fn label(&self, step: &Step) -> String {
        if self.steps.len() == 1 {
            self.name.clone()
        } else {
            format!("{}/{}", self.name, step.name())
        }
    }

    pub(super) fn check(&self) -> Result<(), DocumentError> {
        let wrong = |field: &str, what: String| Err(DocumentError::at(field, &what));
        if self.name.is_empty() || self.name.len() > 64 || self.name.contains(char::is_control) {
            return wrong("name", "a name has 1 to 64 characters".to_owned());
        }
        for (index, text) in self.media_types.iter().enumerate() {
            let plain = text.strip_suffix("/*").map(|kind| format!("{kind}/x"));
            if mediatype::MediaType::parse(plain.as_deref().unwrap_or(text)).is_err() {
                return wrong(
                    &format!("media_types[{index}]"),
                    format!("`{text}` is not a media type"),
                );
            }
        }
        let printable = |text: &String| text.bytes().all(|c| (32..127).contains(&c));
        if self.cache_control.as_ref().is_some_and(|text| text.len() > MAX_HEADER_BYTES) {
            return wrong("cache_control", format!("at most {MAX_HEADER_BYTES} bytes are allowed"));
        }
        if self.cache_control.as_ref().is_some_and(|text| !printable(text)) {
            return wrong("cache_control", "only printable ASCII is allowed".to_owned());
        }
        if self.metadata.len() > MAX_METADATA {
            return wrong("metadata", format!("at most {MAX_METADATA} names can be copied"));
        }
        for (index, name) in self.metadata.iter().enumerate() {
            let plain =
                name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
            if !plain || name.is_empty() || name.len() > 64 || name.starts_with("obscura-") {
                let what = format!(
                    "`{name}` cannot be copied; a name has 1 to 64 characters of a–z, 0–9 and -, \
                     and does not begin with `obscura-`"
                );
                return wrong(&format!("metadata[{index}]"), what);
            }
        }
        if self.ignore && !self.steps.is_empty() {
            return wrong("ignore", "a route that ignores pictures has no steps".to_owned());
        }
        if !self.ignore && !(1..=MAX_STEPS).contains(&self.steps.len()) {
            return wrong("steps", format!("a route has 1 to {MAX_STEPS} steps, or `ignore`"));
        }
        let versioned = self.key_template.is_versioned();
        for (index, step) in self.steps.iter().enumerate() {
            if !step.when.is_uploaded() && !versioned {
                return wrong(
                    &format!("steps[{index}].when"),
                    "renditions on request need {version} in the route's key_template, such as \
                     {key}/{version}/{rendition}.{extension}, so that a key never \
                     shows another picture"
                        .to_owned(),
                );
            }
            let (before, _) = self.steps.split_at(index);
            step.check()
                .and_then(|()| self.check_place(step, before))
                .map_err(|error| error.within(&format!("steps[{index}]")))?;
        }
        Ok(())
    }

    /// Check a step's name and input against the earlier steps.
    fn check_place(&self, step: &Step, before: &[Step]) -> Result<(), DocumentError> {
        if before.iter().any(|other| other.name() == step.name()) {
            let what = format!("two steps are called `{}`; give one another `name`", step.name());
            return Err(DocumentError::at("name", &what));
        }
        let Inputs::Renditions(inputs) = &step.of else { return Ok(()) };
        for input in inputs {
            let wrong = |what: String| Err(DocumentError::at("of", &what));
            let name = input.step.as_str();
            let Some(read) = before.iter().find(|other| other.name() == name) else {
                return wrong(match self.steps.iter().any(|other| other.name() == name) {
                    true => format!("`{name}` comes later; a step reads earlier steps only"),
                    false => format!("there is no step `{name}`"),
                });
            };
            let rendition = input.rendition.as_deref();
            let some_requested =
                rendition.map_or(!read.when.is_uploaded(), |name| read.when.is_requested(name));
            let some_uploaded = rendition
                .map_or(!read.when.is_all_requested(), |name| !read.when.is_requested(name));
            if !step.when.is_all_requested() && some_requested {
                return Err(DocumentError::at(
                    "when",
                    &format!(
                        "`{name}` is made on request, so a step that reads it must be \
                         `requested`, too"
                    ),
                ));
            }
            if step.replace && step.when.is_all_requested() && some_uploaded {
                return Err(DocumentError::at(
                    "replace",
                    &format!("`{name}` is made at upload, but its replacement on request"),
                ));
            }
            if step.is_decisive() && !read.required {
                return wrong(format!(
                    "`{name}` is not required, so this step cannot be; say `required: false`"
                ));
            }
            if step.replace && !step.is_decisive() && read.is_decisive() {
                return Err(DocumentError::at(
                    "replace",
                    "this step is not required, but what it replaces is required; if it failed, \
                     neither would be stored",
                ));
            }
        }
        Ok(())
    }
}
