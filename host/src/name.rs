//! Names of transforms and channels. They become parts of keys.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A transform's name: 1 to 64 characters of `a`–`z`, `0`–`9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TransformName(String);

impl JsonSchema for TransformName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TransformName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z0-9-]{1,64}$" })
    }
}

impl TransformName {
    /// A constant name.
    pub(crate) fn literal(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TransformName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
            return Ok(Self(name));
        }
        let shown: String = name.chars().take(80).collect();
        Err(format!("`{shown}` is not a transform's name: 1 to 64 characters of a-z, 0-9 and -"))
    }
}

impl FromStr for TransformName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::try_from(name.to_owned())
    }
}

impl From<TransformName> for String {
    fn from(name: TransformName) -> Self {
        name.0
    }
}

impl fmt::Display for TransformName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A channel, which names a transform's active component.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// For all pictures.
    #[default]
    Stable,
    /// For a share of the pictures.
    Canary,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 2] = [Self::Stable, Self::Canary];

    /// The channel's name in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Canary => "canary",
        }
    }
}

impl FromStr for Channel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|channel| channel.as_str() == name);
        found.ok_or_else(|| "a channel is `stable` or `canary`".to_owned())
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
