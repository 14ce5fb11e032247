//! Key patterns.

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A key pattern: `*` matches anything but `/`, `**` matches anything.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Match(GlobMatcher);

impl Match {
    pub(super) fn matches(&self, key: &str) -> bool {
        self.0.is_match(key)
    }

    /// The pattern's text.
    pub(super) fn text(&self) -> &str {
        self.0.glob().glob()
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
