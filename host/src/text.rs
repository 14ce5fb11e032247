//! Sanitises text from outside, for messages and records.

use std::fmt::Write as _;

/// Truncate a text to a maximum number of bytes, with `…` at the end.
pub fn clip(text: impl Into<String>, max: usize) -> String {
    let mut text = text.into();
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max.saturating_sub('…'.len_utf8())));
        text.push('…');
    }
    text
}

/// Whether a character breaks a line or hides its content: control characters, separators and
/// directional marks.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A key or similar text, without characters that could forge a line or control a terminal.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{clip, shown};

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(clip("short", 5), "short");
        assert_eq!(clip("ääää", 7), "ää…");
        assert!(clip("ä".repeat(5_000), 2_000).len() <= 2_000);
    }

    #[test]
    fn no_key_forges_a_line() {
        assert_eq!(shown("a\nb\u{1}\u{202e}ü.jpg"), "a\\nb\\u{1}\\u{202e}ü.jpg");
    }
}
