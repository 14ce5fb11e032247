//! Key patterns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A key pattern: `*` matches anything but `/`, `**` matches anything, and `**/` also nothing. All
/// other characters stand for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Match {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Byte(u8),
    /// `*`
    Name,
    /// `**`
    Anything,
    /// `**/` where a name begins: some folders, or none.
    Folders,
}

impl Match {
    /// Whether it matches all of a key, by a set of the parts that could come next: no key takes more
    /// time than its length times that of the pattern.
    pub(super) fn matches(&self, key: &str) -> bool {
        let mut next = vec![false; self.parts.len() + 1];
        self.reach(&mut next, 0);
        for byte in key.bytes() {
            let before = std::mem::replace(&mut next, vec![false; self.parts.len() + 1]);
            for (at, part) in self.parts.iter().enumerate() {
                if !before.get(at).is_some_and(|reached| *reached) {
                    continue;
                }
                match part {
                    Part::Byte(own) if *own == byte => self.reach(&mut next, at + 1),
                    Part::Name if byte != b'/' => self.reach(&mut next, at),
                    Part::Anything => self.reach(&mut next, at),
                    Part::Folders => {
                        mark(&mut next, at);
                        if byte == b'/' {
                            self.reach(&mut next, at + 1);
                        }
                    }
                    Part::Byte(_) | Part::Name => {}
                }
            }
        }
        next.last().is_some_and(|end| *end)
    }

    /// Mark a part, and those after it that it can be skipped for.
    fn reach(&self, next: &mut [bool], from: usize) {
        mark(next, from);
        for (at, part) in self.parts.iter().enumerate().skip(from) {
            if matches!(part, Part::Byte(_)) {
                break;
            }
            mark(next, at + 1);
        }
    }

    /// The pattern's text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A character with a meaning in other programs' patterns, which stands for itself here.
    pub(super) fn stranger(&self) -> Option<char> {
        self.text.chars().find(|c| matches!(c, '?' | '[' | '{' | '\\'))
    }
}

fn mark(next: &mut [bool], at: usize) {
    if let Some(reached) = next.get_mut(at) {
        *reached = true;
    }
}

/// S3's limit for keys.
const LONGEST: usize = 1024;

impl TryFrom<String> for Match {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(format!("a pattern has 1 to {LONGEST} bytes; `**` matches all keys"));
        }
        Ok(Self { parts: parts(&text), text })
    }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let begins = matches!(parts.last(), None | Some(Part::Byte(b'/') | Part::Folders));
        let (part, after) = match (first, after) {
            (b'*', [b'*', b'/', after @ ..]) if begins => (Part::Folders, after),
            (b'*', [b'*', after @ ..]) => (Part::Anything, after),
            (b'*', after) => (Part::Name, after),
            (byte, after) => (Part::Byte(*byte), after),
        };
        parts.push(part);
        rest = after;
    }
    parts
}

impl From<Match> for String {
    fn from(pattern: Match) -> Self {
        pattern.text
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn stars_match_what_is_promised() {
        for (pattern, key, expected) in [
            ("a.jpg", "a.jpg", true),
            ("a.jpg", "a.jpgx", false),
            ("*", "a.jpg", true),
            ("*", "b/a.jpg", false),
            ("*", "", true),
            ("*/avatar.*", "ann/avatar.png", true),
            ("*/avatar.*", "x/ann/avatar.png", false),
            ("**", "b/a.jpg", true),
            ("photos/**", "photos/q/p.jpg", true),
            ("photos/**", "drafts/p.jpg", false),
            ("photos/**.jpg", "photos/q/p.jpg", true),
            ("photos/**.jpg", "photos/p.jpg", true),
            ("photos/**.jpg", "photos/p.png", false),
            ("**.jpg", "q/p.jpg", true),
            ("**evil-**", "dd/evil-1", true),
            ("a**", "a/b/c", true),
            ("**/a.jpg", "a.jpg", true),
            ("**/a.jpg", "b/c/a.jpg", true),
            ("**/a.jpg", "ba.jpg", false),
            ("x/**/a.jpg", "x/a.jpg", true),
            ("x/**/a.jpg", "x/y/z/a.jpg", true),
            ("x/**/a.jpg", "x/ya.jpg", false),
            ("**/**/a", "a", true),
            ("x**/a", "x/a", true),
            ("x**/a", "xa", false),
            ("***", "a/b", true),
            ("{a,b}.jpg", "{a,b}.jpg", true),
            ("{a,b}.jpg", "a.jpg", false),
            ("[!a]?.jpg", "[!a]?.jpg", true),
            (r"\*", r"\x", true),
            ("ü*", "übung.jpg", true),
        ] {
            let found = Match::try_from(pattern.to_owned()).unwrap().matches(key);
            assert_eq!(found, expected, "{pattern} {key}");
        }
    }

    #[test]
    fn no_pattern_takes_exponential_time() {
        let pattern = Match::try_from("**a*".repeat(200)).unwrap();
        assert!(!pattern.matches(&"b".repeat(1024)));
    }
}
