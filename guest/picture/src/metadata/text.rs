//! Texts in metadata.

/// The maximum length of a text, in bytes.
const LONGEST: usize = 2048;

/// Decode a text: UTF-8, or a legacy encoding, without non-printing characters and those that XML does
/// not have. Empty if it is too long.
pub(super) fn text(bytes: &[u8]) -> String {
    let whole = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    let printed: String = whole.chars().filter(|&c| is_printed(c)).collect();
    let trimmed = printed.trim();
    if trimmed.len() > LONGEST { String::new() } else { trimmed.to_owned() }
}

fn is_printed(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Joins several authors in one text, as in EXIF.
pub(super) fn join(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    text(texts.join("; ").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_of_any_age() {
        assert_eq!(text("Zoë\0 ".as_bytes()), "Zoë");
        assert_eq!(text(b"Zo\xeb"), "Zoë");
        assert_eq!(text("Zoë\u{ffff} ".as_bytes()), "Zoë");
        assert_eq!(text(&[b'a'; LONGEST + 1]), "");
        assert_eq!(join(["Ann", "", "Bea"].map(String::from).into_iter()), "Ann; Bea");
    }
}
