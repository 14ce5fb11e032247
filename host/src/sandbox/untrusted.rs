//! A component's output is untrusted input, like a picture: all of it is validated and truncated
//! here, so that it can be logged, stored, read again and sent in a header.

use mediatype::MediaType;

use super::contract::{Description, RenditionSpec};
use super::failure::Failure;
use crate::text::is_hidden;

/// Renditions of one plan.
pub const MAX_RENDITIONS: usize = 128;
/// Media types that one rendition can have.
pub const MAX_MEDIA_TYPES: usize = 8;
/// Attributes of one rendition: their number, the length of names, and the total size of names and
/// values.
pub const MAX_ATTRIBUTES: usize = 64;
const MAX_ATTRIBUTE_NAME: usize = 64;
/// See [`MAX_ATTRIBUTES`].
pub const MAX_ATTRIBUTE_BYTES: usize = 8 * 1024;
/// Total size of the attributes of all renditions of a run, as JSON. They are stored in the
/// manifest.
pub const MAX_ATTRIBUTES_JSON: usize = 512 * 1024;

/// A media type (RFC 6838), with parameters.
const MAX_MEDIA_TYPE: usize = 127;
/// Names of transforms and of renditions.
const MAX_NAME: usize = 64;
/// A version becomes part of a key.
const MAX_VERSION: usize = 100;
/// A summary is one sentence.
const MAX_SUMMARY: usize = 1_000;
/// Media types that a transform may accept.
const MAX_ACCEPTS: usize = 64;
/// The schema of the parameters, and the defaults.
const MAX_DOCUMENT: usize = 256 * 1024;
/// The maximum length of a message.
const MAX_MESSAGE: usize = 2_000;
/// The maximum length of an invalid name in messages.
const SHOWN: usize = 80;
/// The maximum number of listed names.
const LISTED: usize = 5;

fn clean(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if is_hidden(c) { ' ' } else { c }).collect()
}

/// A message for people, on one line.
pub(super) fn message(text: &str) -> String {
    clean(text, MAX_MESSAGE)
}

/// The start of an invalid name.
pub(super) fn shown(text: &str) -> String {
    clean(text, SHOWN)
}

/// Output to the standard streams. Line breaks are kept.
pub(super) fn log(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let keep = |c: char| matches!(c, '\n' | '\t') || !is_hidden(c);
    text.trim().chars().map(|c| if keep(c) { c } else { ' ' }).collect()
}

/// The first names of a list, and the number of the others.
pub(super) fn list<'a>(names: impl ExactSizeIterator<Item = &'a str>, joint: &str) -> String {
    let more = names.len().saturating_sub(LISTED);
    let shown = names.take(LISTED).collect::<Vec<_>>().join(joint);
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// The starts of names that may be invalid.
pub(super) fn shown_list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| shown(name)).collect();
    list(names.iter().map(String::as_str), ", ")
}

/// Whether an HTTP header can carry this media type.
pub(super) fn is_media_type(text: &str) -> bool {
    text.len() <= MAX_MEDIA_TYPE
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && MediaType::parse(text).is_ok()
}

/// Check the result of `describe`.
pub fn check_description(description: &Description) -> Result<(), Failure> {
    let wrong = |what: String| Err(Failure::DescriptionInvalid(what));
    let Description { name, version, summary, accepts, .. } = description;
    let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if !(1..=MAX_NAME).contains(&name.len()) || !name.bytes().all(allowed) {
        return wrong(format!(
            "it calls itself `{}`; a name has 1 to {MAX_NAME} characters of a-z, 0-9 and -",
            shown(name)
        ));
    }
    if version.len() > MAX_VERSION {
        return wrong(format!("the version has more than {MAX_VERSION} characters"));
    }
    if let Err(error) = semver::Version::parse(version) {
        return wrong(format!("`{}` is not a semantic version: {error}", shown(version)));
    }
    if summary.len() > MAX_SUMMARY || summary.chars().any(is_hidden) {
        return wrong(format!("the summary is one line of at most {MAX_SUMMARY} bytes"));
    }
    if accepts.is_empty() || accepts.len() > MAX_ACCEPTS {
        return wrong(format!("it accepts {} media types; 1 to {MAX_ACCEPTS}", accepts.len()));
    }
    if let Some(bad) = accepts.iter().find(|text| !is_media_type(text)) {
        return wrong(format!("it accepts `{}`, which is not a media type", shown(bad)));
    }
    for (what, text) in [
        ("parameters-schema", &description.parameters_schema),
        ("default-parameters", &description.default_parameters),
    ] {
        if text.len() > MAX_DOCUMENT {
            let length = text.len();
            return wrong(format!("`{what}` has {length} bytes; {MAX_DOCUMENT} are allowed"));
        }
    }
    Ok(())
}

/// Check the result of `plan`, before keys are built from it.
pub(super) fn check_plan(plan: &[RenditionSpec]) -> Result<(), Failure> {
    if plan.len() > MAX_RENDITIONS {
        return Err(Failure::PlanMismatch(format!(
            "the transform planned {} renditions; {MAX_RENDITIONS} are allowed",
            plan.len()
        )));
    }
    for (number, spec) in plan.iter().enumerate() {
        let wrong = |what: &str| {
            Err(Failure::PlanMismatch(format!("rendition `{}`: {what}", shown(&spec.name))))
        };
        let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if !(1..=MAX_NAME).contains(&spec.name.len()) || !spec.name.bytes().all(allowed) {
            return wrong("a name has 1 to 64 characters of a-z, 0-9, - and _");
        }
        if crate::key::RESERVED_NAMES.contains(&spec.name.as_str()) {
            return wrong("this name is reserved");
        }
        if plan.iter().take(number).any(|other| other.name == spec.name) {
            return wrong("it is planned twice");
        }
        let count = spec.media_types.len();
        if !(1..=MAX_MEDIA_TYPES).contains(&count) {
            return wrong(&format!("it has {count} media types; 1 to {MAX_MEDIA_TYPES}"));
        }
        if let Some(bad) = spec.media_types.iter().find(|text| !is_media_type(text)) {
            return wrong(&format!("`{}` is not a media type", shown(bad)));
        }
    }
    Ok(())
}

/// Check the attributes of a rendition, and replace misleading characters in their values.
/// `json_bytes` is the total of the run.
pub(super) fn attributes(
    rendition: &str,
    attributes: Vec<(String, String)>,
    json_bytes: &mut usize,
) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |what: String| Err(Failure::PlanMismatch(format!("`{rendition}` has {what}")));
    let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    if attributes.len() > MAX_ATTRIBUTES || bytes > MAX_ATTRIBUTE_BYTES {
        return wrong(format!(
            "more than {MAX_ATTRIBUTES} attributes or {MAX_ATTRIBUTE_BYTES} bytes of them"
        ));
    }
    let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-');
    for (name, _) in &attributes {
        if !(1..=MAX_ATTRIBUTE_NAME).contains(&name.len()) || !name.bytes().all(allowed) {
            return wrong(format!(
                "the attribute `{}`; a name has 1 to {MAX_ATTRIBUTE_NAME} characters of a-z, 0-9 \
                 and -",
                shown(name)
            ));
        }
    }
    let cleaned = attributes.into_iter().map(|(name, value)| (name, clean(&value, usize::MAX)));
    let cleaned: Vec<_> = cleaned.collect();
    *json_bytes += cleaned.iter().map(|(name, value)| json_size(name, value)).sum::<usize>();
    if *json_bytes > MAX_ATTRIBUTES_JSON {
        return wrong(format!(
            "attributes that make those of all renditions more than {MAX_ATTRIBUTES_JSON} bytes"
        ));
    }
    Ok(cleaned)
}

/// The size of `"name":"value",`. They contain no control characters, so only quotes and
/// backslashes are escaped.
fn json_size(name: &str, value: &str) -> usize {
    let escaped = value.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    name.len() + value.len() + escaped + 6
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_header_cannot_carry_is_no_media_type() {
        for good in ["image/png", "text/plain; charset=utf-8", "video/mp4; codecs=\"avc1, mp4a\""] {
            assert!(is_media_type(good), "{good}");
        }
        let long = format!("image/{}", "x".repeat(122));
        for bad in ["", "png", "image/", "image/png; a=\"\x01\"", "image/pñg", "image/png\n", &long]
        {
            assert!(!is_media_type(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_message_stays_on_its_line() {
        assert_eq!(message("a\nb\u{1}c\u{202e}d\u{2028}e"), "a b c d e");
        assert_eq!(message(&"ä".repeat(5_000)).chars().count(), MAX_MESSAGE);
        assert_eq!(log(b"a\n\tb\x1b[31m\0\xff\n"), "a\n\tb [31m \u{fffd}");
    }

    #[test]
    fn attributes_have_the_size_that_is_counted() {
        let values = ["", "plain", "\"quoted\"", "back\\slash", "line\nbreak\u{7}", "ünï\u{7f}"];
        let attributes: Vec<_> =
            values.iter().map(|value| ("name".to_owned(), (*value).to_owned())).collect();
        let mut counted = 0;
        let cleaned = super::attributes("x", attributes, &mut counted).unwrap();
        let pairs = cleaned.iter().map(|(name, value)| {
            let pair = serde_json::to_string(&(name, value)).unwrap();
            pair.len() - 2 + 1
        });
        assert_eq!(counted, pairs.sum::<usize>());
    }
}
