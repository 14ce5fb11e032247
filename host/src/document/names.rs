//! The names of a step's renditions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Text with `{rendition}` or `{input}`, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NameTemplate(String);

const RENDITION: &str = "{rendition}";
const INPUT: &str = "{input}";

impl NameTemplate {
    /// Whether it contains `{input}`.
    pub(super) fn names_input(&self) -> bool {
        self.0.contains(INPUT)
    }

    pub(super) fn fill(&self, rendition: &str, input: &str) -> String {
        // Neither name can contain a brace.
        self.0.replace(RENDITION, rendition).replace(INPUT, input)
    }
}

impl TryFrom<String> for NameTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let rest = text.replace(RENDITION, "").replace(INPUT, "");
        if rest.len() == text.len() {
            return Err(format!("`{text}` contains neither {RENDITION} nor {INPUT}"));
        }
        let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if text.len() > 100 || !rest.bytes().all(allowed) {
            return Err(format!(
                "`{text}` may have {RENDITION}, {INPUT}, and a-z, 0-9, - and _ around them"
            ));
        }
        Ok(Self(text))
    }
}

impl From<NameTemplate> for String {
    fn from(template: NameTemplate) -> Self {
        template.0
    }
}

impl JsonSchema for NameTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NameTemplate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([a-z0-9_-]|\\{rendition\\}|\\{input\\})+$",
            "examples": ["{input}-marked"],
        })
    }
}
