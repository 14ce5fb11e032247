//! `Accept`, normalised to a few values, so that browsers with the same support share a cache
//! entry.

/// The additional formats that a client supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Taste {
    /// AVIF and WebP.
    Avif,
    /// WebP.
    WebP,
    /// Only formats that every browser supports.
    Plain,
}

impl Taste {
    /// Parses the values of `Accept`. Only named types count: clients that support neither format
    /// send `*/*`.
    pub(super) fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut taste = Self::Plain;
        for range in values.into_iter().flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
            if parts.any(refuses) {
                continue;
            }
            match media_type.as_str() {
                "image/avif" => return Self::Avif,
                "image/webp" => taste = Self::WebP,
                _ => {}
            }
        }
        taste
    }

    /// The `Accept` header for the function.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Avif => "image/avif,image/webp",
            Self::WebP => "image/webp",
            Self::Plain => "*/*",
        }
    }
}

/// Whether a parameter is a weight of 0, or invalid.
fn refuses(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    if !name.trim().eq_ignore_ascii_case("q") {
        return false;
    }
    let value = value.trim();
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    !(plain && value.parse().is_ok_and(|weight: f64| weight > 0.0 && weight <= 1.0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn only_types_that_are_named_and_wanted_count() {
        for (accept, taste) in [
            ("", Taste::Plain),
            ("*/*", Taste::Plain),
            ("image/*", Taste::Plain),
            ("image/jpeg,image/png", Taste::Plain),
            ("image/webp,*/*;q=0.8", Taste::WebP),
            ("image/avif,image/webp,image/apng,image/svg+xml,*/*;q=0.8", Taste::Avif),
            ("IMAGE/AVIF", Taste::Avif),
            ("image/avif;q=0,image/webp", Taste::WebP),
            ("image/avif;q=0.000, image/webp;q=0", Taste::Plain),
            ("image/webp , image/avif ; q=0.1", Taste::Avif),
            ("image/avif;q=nan", Taste::Plain),
            ("image/avifx", Taste::Plain),
        ] {
            assert_eq!(Taste::of([accept]), taste, "{accept}");
        }
        assert_eq!(Taste::of(["text/html", "image/webp"]), Taste::WebP);
    }

    /// The same table tests the deliver function and the CloudFront function.
    #[test]
    fn every_header_means_what_it_means_at_the_edge() {
        let table = include_str!("../../../../terraform/tests/accept.json");
        let table: Vec<serde_json::Value> = serde_json::from_str(table).unwrap();
        assert!(table.len() > 20);
        for case in table {
            let accept = case["accept"].as_str().unwrap();
            let formats: Vec<&str> =
                case["formats"].as_array().unwrap().iter().filter_map(|one| one.as_str()).collect();
            let taste = match formats.as_slice() {
                ["avif", ..] => Taste::Avif,
                ["webp"] => Taste::WebP,
                [] => Taste::Plain,
                other => panic!("{other:?}"),
            };
            assert_eq!(Taste::of([accept]), taste, "{accept}");
        }
    }
}
