//! The input of a step.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::TransformName;

/// The input of a step: `"source"`, the renditions of an earlier step (`"resize"`), one of them
/// (`"resize/large"`), or a list of those, each with its own run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OneOrMany", into = "OneOrMany")]
pub enum Inputs {
    /// The uploaded picture.
    #[default]
    Source,
    /// Renditions of earlier steps.
    Renditions(Vec<InputName>),
}

/// Renditions of an earlier step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputName {
    /// The step.
    pub step: TransformName,
    /// The rendition, by the step's name for it; `None` for all.
    pub rendition: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Inputs {
    /// Whether it is the uploaded picture.
    pub fn is_source(&self) -> bool {
        *self == Self::Source
    }
}

impl TryFrom<OneOrMany> for Inputs {
    type Error = String;

    fn try_from(text: OneOrMany) -> Result<Self, String> {
        let names = match text {
            OneOrMany::One(name) if name == "source" => return Ok(Self::Source),
            OneOrMany::One(name) => vec![name],
            OneOrMany::Many(names) => names,
        };
        if names.is_empty() {
            return Err("`source`, or at least one rendition is expected".to_owned());
        }
        let mut inputs = Vec::with_capacity(names.len());
        for name in names {
            let input: InputName = name.parse()?;
            if inputs.contains(&input) {
                return Err(format!("`{input}` is named twice"));
            }
            inputs.push(input);
        }
        Ok(Self::Renditions(inputs))
    }
}

impl From<Inputs> for OneOrMany {
    fn from(inputs: Inputs) -> Self {
        match inputs {
            Inputs::Source => Self::One("source".to_owned()),
            Inputs::Renditions(names) => {
                Self::Many(names.iter().map(InputName::to_string).collect())
            }
        }
    }
}

impl FromStr for InputName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (step, rendition) = match text.split_once('/') {
            Some((step, rendition)) => (step, Some(rendition)),
            None => (text, None),
        };
        if step == "source" {
            return Err("`source` cannot be read together with renditions".to_owned());
        }
        let step = step.parse().map_err(|_| {
            let shown: String = text.chars().take(80).collect();
            format!("`{shown}` is neither `source`, nor a step, nor `<step>/<rendition>`")
        })?;
        if let Some(rendition) = rendition {
            let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
            if !(1..=128).contains(&rendition.len()) || !rendition.bytes().all(allowed) {
                let shown: String = rendition.chars().take(80).collect();
                return Err(format!("`{shown}` is not a rendition's name"));
            }
        }
        Ok(Self { step, rendition: rendition.map(str::to_owned) })
    }
}

impl fmt::Display for InputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rendition {
            Some(rendition) => write!(f, "{}/{rendition}", self.step),
            None => write!(f, "{}", self.step),
        }
    }
}

impl JsonSchema for Inputs {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Inputs".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = "^[a-z0-9-]{1,64}(/[a-z0-9_-]{1,128})?$";
        schemars::json_schema!({
            "description": "What a step reads: the uploaded picture (`source`), all renditions of \
                            an earlier step (`resize`), one of them (`resize/large`), or a list of \
                            those.",
            "anyOf": [
                { "type": "string", "pattern": pattern },
                { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": pattern } },
            ],
        })
    }
}
