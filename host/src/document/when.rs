//! When the renditions of a step are made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern::Match;

/// When the renditions of a step are made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`uploaded`, `requested` or {\"requested\": [names]} is expected")]
pub enum When {
    /// At the upload.
    #[default]
    #[serde(with = "uploaded")]
    #[schemars(with = "Uploaded")]
    Uploaded,
    /// Each when somebody first asks for it.
    #[serde(with = "requested")]
    #[schemars(with = "Requested")]
    Requested,
    /// Those with certain names when somebody first asks for them, the others at
    /// the upload.
    Some(Names),
}

/// Names of renditions, as the transform gives them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Patterns, such as `card-*`.
    requested: Vec<Match>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Uploaded {
    /// At the upload.
    Uploaded,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Requested {
    /// Each when somebody first asks for it.
    Requested,
}

/// A word that stands for a whole case.
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
    /// Whether a rendition is made when it is asked for.
    pub fn is_requested(&self, rendition: &str) -> bool {
        match self {
            Self::Uploaded => false,
            Self::Requested => true,
            Self::Some(names) => names.requested.iter().any(|one| one.matches(rendition)),
        }
    }

    /// Whether all are made at the upload.
    pub fn is_uploaded(&self) -> bool {
        *self == Self::Uploaded
    }

    /// Whether none is made at the upload.
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
