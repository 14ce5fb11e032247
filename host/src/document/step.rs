//! A step of a route.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DocumentError;
use super::input::Inputs;
use super::limits::StepLimits;
use super::names::NameTemplate;
use super::settable::Settable;
use super::share::{Canary, Shadow};
use super::when::When;
use crate::digest::Digest;
use crate::name::{Channel, TransformName};

/// A step of a route: a transform, and its input and parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, unique in the route: 1 to 64 characters of `a`–`z`, `0`–`9` and
    /// `-`. The transform's name, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<TransformName>,
    /// Its input.
    #[serde(default, skip_serializing_if = "Inputs::is_source")]
    pub of: Inputs,
    /// The names of its renditions: text with `{rendition}`, the transform's name for it, and
    /// `{input}`, the name of its input. If absent: `{rendition}` for a step that reads the source,
    /// `{input}-{rendition}` for one that reads renditions, `{input}` for one that replaces them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<NameTemplate>,
    /// Whether its rendition replaces its input, which is then not stored. The transform must plan
    /// a single rendition.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replace: bool,
    /// When its renditions are made. Renditions on request need `{version}` in the route's
    /// `key_template`, and never make the picture fail.
    #[serde(default, skip_serializing_if = "When::is_uploaded")]
    pub when: When,
    /// Whether the picture fails if the step does. If not, only the renditions of this step are
    /// missing.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub required: bool,
    /// The transform's name.
    pub transform: TransformName,
    /// The channel that names the transform's active component.
    #[serde(default, skip_serializing_if = "is_stable")]
    pub channel: Channel,
    /// The digest of a pinned component, instead of the channel's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// A share of the pictures for the transform's canary. None, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// A share of the pictures that a candidate also renders. None, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    /// The transform's parameters. Its own defaults, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Parameters that an uploader may set for one picture, as JSON pointers in which `*` matches
    /// any member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settable: Vec<Settable>,
    /// Limits on the cost of a picture.
    #[serde(default)]
    pub limits: StepLimits,
}

fn yes() -> bool {
    true
}

// serde passes references.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_true(value: &bool) -> bool {
    *value
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !*value
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_stable(channel: &Channel) -> bool {
    *channel == Channel::Stable
}

impl Step {
    /// A step that gives the source to a transform with its defaults.
    pub fn new(transform: TransformName) -> Self {
        Self {
            name: None,
            of: Inputs::Source,
            names: None,
            replace: false,
            when: When::default(),
            required: true,
            transform,
            channel: Channel::default(),
            digest: None,
            canary: None,
            shadow: None,
            parameters: None,
            settable: Vec::new(),
            limits: StepLimits::default(),
        }
    }

    /// The step's name.
    pub fn name(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.transform).as_str()
    }

    /// Whether the picture fails if the step does.
    pub fn is_decisive(&self) -> bool {
        self.required && !self.when.is_all_requested()
    }

    /// The name of a rendition of this step.
    pub fn rendition_name(&self, rendition: &str, input: Option<&str>) -> String {
        let input = input.unwrap_or_default();
        match &self.names {
            Some(template) => template.fill(rendition, input),
            None if self.of.is_source() => rendition.to_owned(),
            None if self.replace => input.to_owned(),
            None => format!("{input}-{rendition}"),
        }
    }

    /// The parameters for the transform: JSON text with sorted members; empty for its defaults.
    pub fn parameters_text(&self) -> String {
        text_of(self.parameters.as_ref())
    }

    pub(super) fn check(&self) -> Result<(), DocumentError> {
        let wrong = |field: &str, what: &str| Err(DocumentError::at(field, what));
        if self.name() == "source" {
            return wrong("name", "`source` is reserved for the uploaded picture");
        }
        if self.parameters.as_ref().is_some_and(|value| !value.is_object()) {
            return wrong("parameters", "an object is expected");
        }
        if self.digest.is_some() && self.canary.is_some() {
            return wrong("canary", "a step with a pinned digest has none");
        }
        if self.digest.is_some() && self.channel == Channel::Canary {
            return wrong("channel", "a step with a pinned digest follows no channel");
        }
        if self.of.is_source() && self.replace {
            return wrong("replace", "only a rendition can be replaced; name it in `of`");
        }
        if self.of.is_source() && self.names.as_ref().is_some_and(NameTemplate::names_input) {
            return wrong("names", "{input} is for steps that read renditions");
        }
        if !self.settable.is_empty() && !self.of.is_source() {
            return wrong(
                "settable",
                "only the parameters of a step that reads the source can be set by the uploader",
            );
        }
        let checks = [
            ("canary", self.canary.as_ref().map(Canary::check)),
            ("shadow", self.shadow.as_ref().map(Shadow::check)),
            ("limits", Some(self.limits.check())),
        ];
        for (field, check) in checks {
            if let Some(Err(what)) = check {
                return Err(DocumentError::at(field, &what));
            }
        }
        Ok(())
    }
}

/// The text of parameters: with sorted members, so that its digest does not depend on the
/// document's formatting; empty if there are none.
pub fn text_of(parameters: Option<&Value>) -> String {
    parameters.map(sorted).unwrap_or_default()
}

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
