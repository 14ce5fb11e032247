//! Templates of renditions' keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::extension;

/// A template such as `{key}/{rendition}.{extension}`.
///
/// Two pictures, or two renditions of one, never share a key: the source's key and the rendition's
/// name can always be recovered from the result. A template that does not guarantee this is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyTemplate {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placeholder {
    Key,
    Rendition,
    Extension,
    Step,
    Version,
}

/// The values for a template, except the source's key.
#[derive(Debug, Clone, Copy)]
pub struct KeyParts<'a> {
    /// The rendition's name.
    pub rendition: &'a str,
    /// Its media type, which decides the extension.
    pub media_type: &'a str,
    /// The name of the step that makes it.
    pub step: &'a str,
    /// The first 16 digits of the action that makes it.
    pub version: &'a str,
}

/// Half of S3's limit for keys.
const MAX_FIXED_BYTES: usize = 512;

const PLACEHOLDERS: [(&str, Placeholder); 5] = [
    ("key", Placeholder::Key),
    ("rendition", Placeholder::Rendition),
    ("extension", Placeholder::Extension),
    ("step", Placeholder::Step),
    ("version", Placeholder::Version),
];

impl KeyTemplate {
    /// Whether a key changes whenever its object's bytes change.
    pub fn is_versioned(&self) -> bool {
        self.has(Placeholder::Version)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Fill the template in one pass, so that placeholders in the source key are not replaced.
    pub(super) fn fill(&self, key: &str, parts: &KeyParts<'_>) -> String {
        let mut filled = String::new();
        for piece in &self.pieces {
            filled.push_str(match piece {
                Piece::Literal(text) => text,
                Piece::Placeholder(Placeholder::Key) => key,
                Piece::Placeholder(Placeholder::Rendition) => parts.rendition,
                Piece::Placeholder(Placeholder::Extension) => extension(parts.media_type),
                Piece::Placeholder(Placeholder::Step) => parts.step,
                Piece::Placeholder(Placeholder::Version) => parts.version,
            });
        }
        filled
    }

    fn has(&self, placeholder: Placeholder) -> bool {
        self.pieces.contains(&Piece::Placeholder(placeholder))
    }
}

impl Default for KeyTemplate {
    fn default() -> Self {
        let text = "{key}/{rendition}.{extension}".to_owned();
        let pieces = vec![
            Piece::Placeholder(Placeholder::Key),
            Piece::Literal("/".to_owned()),
            Piece::Placeholder(Placeholder::Rendition),
            Piece::Literal(".".to_owned()),
            Piece::Placeholder(Placeholder::Extension),
        ];
        Self { text, pieces }
    }
}

impl From<KeyTemplate> for String {
    fn from(template: KeyTemplate) -> Self {
        template.text
    }
}

impl TryFrom<String> for KeyTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let pieces = parse(&text)?;
        let template = Self { text, pieces };
        template.check().map_err(|what| format!("`{}` {what}", template.text))?;
        Ok(template)
    }
}

fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('{') {
            let known = inner.split_once('}').and_then(|(name, after)| {
                let found = PLACEHOLDERS.iter().find(|(known, _)| *known == name)?;
                Some((found.1, after))
            });
            let (placeholder, after) = known.ok_or_else(|| {
                format!(
                    "`{text}` has a placeholder that is not {{key}}, {{rendition}}, {{extension}}, \
                     {{step}} or {{version}}"
                )
            })?;
            pieces.push(Piece::Placeholder(placeholder));
            rest = after;
        } else {
            let end = rest.find('{').unwrap_or(rest.len());
            let (literal, after) = rest.split_at(end);
            if literal.contains('}') || literal.chars().any(char::is_control) {
                return Err(format!("`{text}` has a stray `}}` or a control character"));
            }
            pieces.push(Piece::Literal(literal.to_owned()));
            rest = after;
        }
    }
    Ok(pieces)
}

impl KeyTemplate {
    fn check(&self) -> Result<(), String> {
        for (name, needed) in &PLACEHOLDERS[..2] {
            if !self.has(*needed) {
                return Err(format!("has no {{{name}}}: renditions would overwrite each other"));
            }
        }
        for (name, placeholder) in PLACEHOLDERS {
            let piece = Piece::Placeholder(placeholder);
            if self.pieces.iter().filter(|one| **one == piece).count() > 1 {
                return Err(format!("has {{{name}}} twice"));
            }
        }
        let fixed = |piece: &Piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Placeholder(_) => 0,
        };
        let fixed: usize = self.pieces.iter().map(fixed).sum();
        if fixed > MAX_FIXED_BYTES {
            return Err(format!(
                "has {fixed} bytes besides its placeholders; at most {MAX_FIXED_BYTES} leave room \
                 for pictures' keys"
            ));
        }
        self.check_injective()
    }

    /// The source's key may contain anything; the other parts consist of `a`–`z`, `0`–`9`, `-` and
    /// `_`. So the parts before the key can be parsed from the left, and those after it from the
    /// right, if a character that they cannot contain separates them. A version always has 16
    /// digits and needs no separator.
    fn check_injective(&self) -> Result<(), String> {
        let key = Piece::Placeholder(Placeholder::Key);
        let at = self.pieces.iter().position(|piece| *piece == key).unwrap_or(0);
        let (before, after) = self.pieces.split_at(at);
        let mut left = before.iter().chain([&key]).zip(before.iter().skip(1).chain([&key]));
        let mut right = after.windows(2).map(|pair| (&pair[1], &pair[0]));
        let apart = |(part, neighbour): (&Piece, &Piece), from_left: bool| match (part, neighbour) {
            (
                Piece::Literal(_) | Piece::Placeholder(Placeholder::Version | Placeholder::Key),
                _,
            ) => true,
            (_, Piece::Literal(text)) => {
                let edge = if from_left { text.chars().next() } else { text.chars().next_back() };
                edge.is_some_and(|c| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            }
            _ => false,
        };
        if left.all(|pair| apart(pair, true)) && right.all(|pair| apart(pair, false)) {
            return Ok(());
        }
        Err("does not separate its parts: two pictures could share a key. Put a `/` or a `.` \
             between placeholders, as in {key}/{rendition}.{extension}"
            .to_owned())
    }
}

impl JsonSchema for KeyTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyTemplate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "\\{key\\}.*\\{rendition\\}|\\{rendition\\}.*\\{key\\}",
            "examples": [
                "{key}/{rendition}.{extension}",
                "{key}/{version}/{rendition}.{extension}",
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashMap;

    use super::*;

    fn template(text: &str) -> Result<KeyTemplate, String> {
        KeyTemplate::try_from(text.to_owned())
    }

    fn parts<'a>(rendition: &'a str, media_type: &'a str) -> KeyParts<'a> {
        KeyParts { rendition, media_type, step: "resize", version: "0123456789abcdef" }
    }

    #[test]
    fn a_template_is_filled_in_one_pass() {
        let filled =
            KeyTemplate::default().fill("{rendition}/x.png", &parts("small", "image/jpeg"));
        assert_eq!(filled, "{rendition}/x.png/small.jpg");
        let versioned = template("{key}/{step}/{version}/{rendition}.{extension}").unwrap();
        assert!(versioned.is_versioned());
        assert_eq!(
            versioned.fill("a", &parts("small", "image/png")),
            "a/resize/0123456789abcdef/small.png"
        );
    }

    #[test]
    fn the_default_is_what_its_text_says() {
        assert_eq!(template("{key}/{rendition}.{extension}").unwrap(), KeyTemplate::default());
    }

    #[test]
    fn a_template_that_could_mix_two_pictures_up_is_refused() {
        for bad in [
            "{key}.{extension}",
            "{rendition}/{name}",
            "{key}/{rendition}/{size}",
            "{rendition}-{key}",
            "{key}{rendition}.{extension}",
            "{key}-{rendition}",
            "{key}_{rendition}.{extension}",
            "{key}/{rendition}{extension}",
            "{key}/{rendition}-{step}",
            "{rendition}{step}/{key}",
            "{key}/{rendition}/{key}",
            "{key}/{rendition}}",
            "{key}/{rendition",
            "{extension}{key}/{rendition}",
        ] {
            assert!(template(bad).is_err(), "{bad}");
        }
    }

    /// All keys of two names and many source keys that could collide.
    #[test]
    fn accepted_templates_tell_all_pictures_apart() {
        let accepted = [
            "{key}/{rendition}.{extension}",
            "{rendition}/{key}.{extension}",
            "{rendition}/{key}",
            "{rendition}.{key}",
            "{key}.{rendition}",
            "t/{step}/{rendition}/{key}",
            "{version}{key}/{rendition}.{extension}",
            "{rendition}/{version}{key}",
            "{key}/{version}/{rendition}.{extension}",
            "{key}{version}.{rendition}.{extension}",
        ];
        let pieces = ["", "small", "-", "2x", "/", ".", "jpg", "cat", "{key}", "0123456789abcdef"];
        let names = ["small", "small-2x", "2x", "jpg"];
        for text in accepted {
            let template = template(text).unwrap();
            let mut seen: HashMap<String, (String, &str, &str)> = HashMap::new();
            for a in pieces {
                for b in pieces {
                    for c in pieces {
                        for name in names {
                            for kind in ["image/jpeg", "image/png"] {
                                let key = format!("{a}{b}{c}");
                                let filled = template.fill(&key, &parts(name, kind));
                                let this = (key, name, kind);
                                let before = seen.insert(filled.clone(), this.clone());
                                // Templates without an extension have one key for both types.
                                let same = before
                                    .is_none_or(|(key, name, _)| key == this.0 && name == this.1);
                                assert!(same, "{text}: {filled}");
                            }
                        }
                    }
                }
            }
        }
    }
}
