//! Object keys in listings and events of S3: form-encoded, except `/`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that S3 does not escape: those of Java's `URLEncoder`, and the slash. A space is
/// `+`.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/').remove(b' ');

/// Encodes a key for an event notification or for a listing with `encoding-type=url`.
pub fn encode(key: &str) -> String {
    utf8_percent_encode(key, ENCODED).to_string().replace(' ', "+")
}

/// Decodes what [`encode`] wrote, or other `application/x-www-form-urlencoded` text, as in the
/// `x-amz-tagging` header.
pub fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_form_url_encoded() {
        assert_eq!(encode("a b+c/ü.jpg"), "a+b%2Bc/%C3%BC.jpg");
        assert_eq!(encode("%41"), "%2541");
        assert_eq!(encode("a//b/"), "a//b/");
        assert_eq!(encode("(x)~'!*"), "%28x%29%7E%27%21*");
    }

    #[test]
    fn what_was_encoded_decodes_to_itself() {
        for key in ["a b+c/ü.jpg", "%41", "%", "日本/🦀", "a=b&c"] {
            assert_eq!(decode(&encode(key)), key);
        }
    }
}
