//! The formats that a browser accepts.

/// The formats that a browser must name in `Accept`, best first. Every browser supports the others.
pub(super) const NEW_FORMATS: [&str; 2] = ["image/avif", "image/webp"];

/// Which of these formats an `Accept` header names. `*/*` and `image/*` do not count: browsers that
/// support neither format send them.
pub(super) fn accepted(header: &str) -> Vec<&'static str> {
    let named = |format: &&str| header.split(',').any(|one| names(one, format));
    NEW_FORMATS.into_iter().filter(named).collect()
}

/// Whether an entry of the header names a format with a weight above 0.
fn names(entry: &str, format: &str) -> bool {
    let mut parts = entry.split(';').map(str::trim);
    parts.next().is_some_and(|named| named.eq_ignore_ascii_case(format)) && !parts.any(refuses)
}

/// Whether it is a weight that is not a plain number above 0 and up to 1.
fn refuses(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let value = value.trim();
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let taken = plain && value.parse().is_ok_and(|weight: f64| weight > 0.0 && weight <= 1.0);
    name.trim().eq_ignore_ascii_case("q") && !taken
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_chooses_as_cloudfront_does() {
        let table = include_str!("../../../terraform/tests/accept.json");
        let table: Vec<serde_json::Value> = serde_json::from_str(table).unwrap();
        assert!(table.len() >= 40);
        for case in table {
            let accept = case["accept"].as_str().unwrap();
            let formats = case["formats"].as_array().unwrap().iter();
            let wanted: Vec<_> =
                formats.map(|one| format!("image/{}", one.as_str().unwrap())).collect();
            assert_eq!(accepted(accept), wanted, "{accept:.80}");
        }
    }

    #[test]
    fn a_format_is_taken_if_it_is_named() {
        assert_eq!(accepted("image/avif,image/webp,*/*;q=0.8"), ["image/avif", "image/webp"]);
        assert_eq!(accepted("text/html, IMAGE/WebP ; q=0.5"), ["image/webp"]);
        for none in ["", "*/*", "image/*", "image/avif;q=0", "image/webp;q=x", "image/webpx"] {
            assert!(accepted(none).is_empty(), "{none}");
        }
    }
}
