//! When the renditions of a step are made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern::Match;

/// When the renditions of a step are made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`uploaded`, `requested` or {\"requested\": [names]} is expected")]
pub enum When {
    /// At upload.
    #[default]
    #[serde(with = "uploaded")]
    #[schemars(with = "Uploaded")]
    Uploaded,
    /// Each at the first request for it.
    #[serde(with = "requested")]
    #[schemars(with = "Requested")]
    Requested,
    /// Those with certain names at the first request for each, the others at upload.
    Some(Names),
}

/// The transform's names of renditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Patterns, such as `card-*`.
    requested: Vec<Match>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Uploaded {
    /// At upload.
    Uploaded,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Requested {
    /// Each at the first request for it.
    Requested,
}

/// A case that is written as a string.
macro_rules! word {
    ($module:ident, $word:ident) => {
        mod $module {
            use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

            use super::$word;

            pub(super) fn serialize<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
                $word::$word.serialize(serializer)
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(text: D) -> Result<(), D::Error> {
                $word::deserialize(text).map(|_| ())
            }
        }
    };
}

word!(uploaded, Uploaded);
word!(requested, Requested);

impl When {
    /// Whether a rendition is made on request.
    pub fn is_requested(&self, rendition: &str) -> bool {
        match self {
            Self::Uploaded => false,
            Self::Requested => true,
            Self::Some(names) => names.requested.iter().any(|one| one.matches(rendition)),
        }
    }

    /// Whether all are made at upload.
    pub fn is_uploaded(&self) -> bool {
        *self == Self::Uploaded
    }

    /// Whether none is made at upload.
    pub fn is_all_requested(&self) -> bool {
        *self == Self::Requested
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_word_or_names_say_when() {
        let read = |text: &str| serde_json::from_str::<When>(text).unwrap();
        assert_eq!(read(r#""uploaded""#), When::Uploaded);
        assert_eq!(read(r#""requested""#), When::Requested);
        let some = read(r#"{"requested": ["card-*"]}"#);
        assert!(some.is_requested("card-320") && !some.is_requested("card"));
        for when in [When::Uploaded, When::Requested, some] {
            assert_eq!(read(&serde_json::to_string(&when).unwrap()), when);
        }
        let error = serde_json::from_str::<When>(r#""later""#).unwrap_err().to_string();
        assert!(error.starts_with("`uploaded`, `requested` or"), "{error}");
    }
}
