//! Finds the picture of a rendition's key.

use super::template::{KeyTemplate, Piece, Placeholder};

/// Digits of a version.
const VERSION_DIGITS: usize = 16;

impl KeyTemplate {
    /// The picture's key, if this can be a rendition's key without the destination prefix. A
    /// template's parts are separable, so there is at most one.
    pub fn source_of<'a>(&self, filled: &'a str) -> Option<&'a str> {
        let key = Piece::Placeholder(Placeholder::Key);
        let at = self.pieces().iter().position(|piece| *piece == key)?;
        let (before, after) = self.pieces().split_at(at);
        let mut rest = filled;
        for piece in before {
            rest = skip(rest, piece)?;
        }
        for piece in after.iter().skip(1).rev() {
            rest = skip_back(rest, piece)?;
        }
        (!rest.is_empty()).then_some(rest)
    }
}

/// The characters of names, words and extensions.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn skip<'a>(text: &'a str, piece: &Piece) -> Option<&'a str> {
    match piece {
        Piece::Literal(literal) => text.strip_prefix(literal.as_str()),
        Piece::Placeholder(Placeholder::Version) => {
            let (version, rest) = text.split_at_checked(VERSION_DIGITS)?;
            is_version(version).then_some(rest)
        }
        Piece::Placeholder(_) => {
            let rest = text.trim_start_matches(is_part);
            (rest.len() < text.len()).then_some(rest)
        }
    }
}

fn skip_back<'a>(text: &'a str, piece: &Piece) -> Option<&'a str> {
    match piece {
        Piece::Literal(literal) => text.strip_suffix(literal.as_str()),
        Piece::Placeholder(Placeholder::Version) => {
            let (rest, version) = text.split_at_checked(text.len().checked_sub(VERSION_DIGITS)?)?;
            is_version(version).then_some(rest)
        }
        Piece::Placeholder(_) => {
            let rest = text.trim_end_matches(is_part);
            (rest.len() < text.len()).then_some(rest)
        }
    }
}

fn is_version(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::KeyParts;
    use super::*;

    #[test]
    fn a_picture_is_found_from_the_keys_of_its_renditions() {
        let templates = [
            "{key}/{rendition}.{extension}",
            "{rendition}/{key}.{extension}",
            "{rendition}.{key}",
            "t/{step}/{rendition}/{key}",
            "{version}{key}/{rendition}.{extension}",
            "{rendition}/{version}{key}",
            "{key}/{version}/{rendition}.{extension}",
            "{key}{version}.{rendition}.{extension}",
        ];
        for text in templates {
            let template = KeyTemplate::try_from(text.to_owned()).unwrap();
            for key in ["a.jpg", "a/b/c d.jpg", "ü/{key}", "x/0123456789abcdef/small", "-", "a."] {
                let parts = KeyParts {
                    rendition: "card-640_x",
                    media_type: "image/webp",
                    step: "resize",
                    version: "0123456789abcdef",
                };
                let filled = template.fill(key, &parts);
                assert_eq!(template.source_of(&filled), Some(key), "{text}: {filled}");
            }
        }
    }

    #[test]
    fn what_no_picture_could_have_is_of_none() {
        let template =
            KeyTemplate::try_from("{key}/{version}/{rendition}.{extension}".to_owned()).unwrap();
        for other in ["", "a", "a/small.webp", "a/0123456789abcdeX/small.webp", "a/ü/small.webp"] {
            assert_eq!(template.source_of(other), None, "{other}");
        }
        let short = "/0123456789abcdef/small.webp";
        assert_eq!(template.source_of(short), None, "a key has at least one character");
    }
}
