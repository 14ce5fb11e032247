//! Cache lifetimes from `Cache-Control`.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html>

use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::CACHE_CONTROL;

/// The maximum lifetime, as in CloudFront: a year.
const LONGEST: Duration = Duration::from_secs(31_536_000);

/// How long a response is fresh, and how long it may be served stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Freshness {
    /// It is served without revalidation.
    pub(super) fresh: Duration,
    /// Then it is served while it is revalidated.
    pub(super) revalidating: Duration,
}

impl Freshness {
    /// Parses a response's headers; `None` if it must not be cached.
    pub(super) fn of(headers: &HeaderMap, default_ttl: Duration) -> Option<Self> {
        let (mut max_age, mut shared, mut revalidating) = (None, None, Duration::ZERO);
        for value in headers.get_all(CACHE_CONTROL) {
            for directive in value.to_str().ok()?.split(',') {
                let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
                let seconds = || seconds(value);
                match name.trim().to_ascii_lowercase().as_str() {
                    "no-store" | "private" | "no-cache" => return None,
                    "max-age" => max_age = Some(seconds()),
                    "s-maxage" => shared = Some(seconds()),
                    "stale-while-revalidate" => revalidating = seconds(),
                    _ => {}
                }
            }
        }
        let fresh = shared.or(max_age).unwrap_or(default_ttl);
        (!(fresh + revalidating).is_zero()).then_some(Self { fresh, revalidating })
    }
}

/// A number of seconds; 0 if invalid.
fn seconds(value: &str) -> Duration {
    let digits = value.trim().trim_matches('"');
    Duration::from_secs(digits.parse().unwrap_or(0)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cache_control_decides() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, value.parse().unwrap());
            Freshness::of(&headers, Duration::from_secs(5))
                .map(|found| (found.fresh.as_secs(), found.revalidating.as_secs()))
        };
        assert_eq!(of("public, max-age=60, stale-while-revalidate=600"), Some((60, 600)));
        assert_eq!(of("max-age=60, s-maxage=10"), Some((10, 0)));
        assert_eq!(of("Max-Age=\"7\""), Some((7, 0)));
        assert_eq!(of("public"), Some((5, 0)));
        assert_eq!(of("max-age=99999999999"), Some((31_536_000, 0)));
        for none in ["no-store", "max-age=60, private", "NO-CACHE", "max-age=0", "max-age=x"] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(Freshness::of(&HeaderMap::new(), Duration::ZERO), None);
    }
}
