//! Key templates: two renditions of different pictures, or with different names, never have the
//! same key; and the picture can be determined from the key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::key::{Destination, KeyParts, KeyTemplate, SourceKey};
use obscura::publish::Upload;

/// A picture's key, a rendition's name, a step's, a version, and the number of a media type.
type Parts = (String, String, String, u64, u8);

const PIECES: [&str; 12] = [
    "{key}",
    "{rendition}",
    "{extension}",
    "{step}",
    "{version}",
    "/",
    ".",
    "-",
    "_",
    "a",
    "manifest",
    "0",
];
const TYPES: [&str; 6] =
    ["image/jpeg", "image/svg+xml", "application/json", "text/plain", "x/y.z", "image/webp"];

/// As names of renditions and steps must be.
fn name(text: &str) -> String {
    let known = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(*c);
    let name: String = text.chars().filter(known).take(64).collect();
    if name.is_empty() { "small".to_owned() } else { name }
}

// Pieces of a template, by number; the text replaces an invalid number. A prefix, and two
// renditions.
fuzz_target!(|input: (Vec<u8>, String, String, Parts, Parts)| {
    let (pieces, text, prefix, one, two) = input;
    let _ = Upload::parse(&text);
    let _ = Upload::parse(&format!("incoming/{}", text));
    if let Ok(decoded) = SourceKey::form_decode(&one.0) {
        let encoded = percent_encoding::utf8_percent_encode(
            decoded.as_str(),
            percent_encoding::NON_ALPHANUMERIC,
        );
        let again = SourceKey::form_decode(&encoded.to_string());
        assert_eq!(again.ok(), Some(decoded));
    }

    let piece = |number: &u8| PIECES.get(usize::from(*number)).copied().unwrap_or(&text);
    let template: String = pieces.iter().map(piece).collect();
    let Ok(template) = KeyTemplate::try_from(template) else { return };
    let of = |(key, rendition, step, version, media_type): &Parts| {
        let (rendition, step) = (name(rendition), name(step));
        let filled = KeyParts {
            rendition: &rendition,
            step: &step,
            version: &format!("{:016x}", version),
            media_type: TYPES[usize::from(*media_type) % TYPES.len()],
        };
        if key.is_empty() {
            return None;
        }
        let source = SourceKey::literal(key);
        let destination = Destination::new(&prefix, &source);
        let made = destination.rendition(&template, &filled)?;
        assert!(made.len() <= 1024 && made.starts_with(&prefix));
        assert!(made != destination.manifest() && made != destination.error());
        let bare = made.strip_prefix(&prefix)?;
        assert_eq!(template.source_of(bare), Some(key.as_str()), "{bare:?}");
        Some((made, key.clone(), rendition))
    };
    if let (Some(one), Some(two)) = (of(&one), of(&two)) {
        assert!(one.0 != two.0 || (&one.1, &one.2) == (&two.1, &two.2), "{one:?} {two:?}");
    }
});
