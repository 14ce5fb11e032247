//! Checks a canary against its bounds.

use serde::{Deserialize, Serialize};

use super::counts::RouteCounts;
use super::time::Slowdown;
use crate::document::Canary;

/// A bound that a canary exceeded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "bound")]
pub enum Exceeded {
    /// It failed on pictures that the stable component rendered.
    #[error(
        "it failed on {failures} of {pictures} pictures that the stable component rendered; \
         max_error_rate is {max_error_rate}"
    )]
    Errors {
        /// The number of failures.
        failures: u64,
        /// The number of the canary's pictures.
        pictures: u64,
        /// The route's bound.
        max_error_rate: f64,
    },
    /// It is too slow.
    #[error(
        "it takes {:.2} times as long as the stable component, {:.2} times at least; \
         max_slowdown is {max_slowdown}",
        .slowdown.factor, .slowdown.at_least
    )]
    Time {
        /// The slowdown.
        slowdown: Slowdown,
        /// The route's bound.
        max_slowdown: f64,
    },
}

/// The bound that a canary exceeds on a route, if any.
///
/// The error rate is computed over at least `min_pictures` pictures, counting missing ones as
/// successes, so that a decision does not have to wait if the bound is exceeded in any case. Time
/// is checked after `min_pictures` pictures. It needs times of the stable component, so it is not
/// checked if the canary gets all pictures.
pub(super) fn judge(counts: &RouteCounts, bounds: &Canary) -> Option<Exceeded> {
    let (pictures, failures) = (counts.canary.pictures, counts.canary.failures());
    let rate = failures as f64 / pictures.max(bounds.min_pictures) as f64;
    if rate > bounds.max_error_rate {
        let max_error_rate = bounds.max_error_rate;
        return Some(Exceeded::Errors { failures, pictures, max_error_rate });
    }
    if pictures < bounds.min_pictures {
        return None;
    }
    let slowdown = counts.canary.cpu_ms.against(&counts.stable.cpu_ms)?;
    let max_slowdown = bounds.max_slowdown;
    (slowdown.at_least > max_slowdown).then_some(Exceeded::Time { slowdown, max_slowdown })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    const BOUNDS: Canary =
        Canary { weight: 0.2, max_error_rate: 0.02, max_slowdown: 1.5, min_pictures: 100 };

    fn counts(rendered: u64, failed: u64, ms: f64) -> RouteCounts {
        let mut counts = RouteCounts::default();
        (0..rendered).for_each(|n| counts.canary.rendered(ms + (n % 7) as f64, 1));
        (0..failed).for_each(|_| counts.canary.failed(Code::TransformTrapped));
        (0..400).for_each(|n| counts.stable.rendered(20.0 + f64::from(n % 7), 1));
        counts
    }

    #[test]
    fn enough_failures_need_no_more_pictures() {
        assert_eq!(judge(&counts(0, 2, 20.0), &BOUNDS), None);
        assert!(matches!(
            judge(&counts(0, 3, 20.0), &BOUNDS),
            Some(Exceeded::Errors { failures: 3, pictures: 3, .. })
        ));
        assert_eq!(judge(&counts(396, 4, 20.0), &BOUNDS), None);
        assert_eq!(judge(&counts(198, 4, 20.0), &BOUNDS), None);
        assert!(judge(&counts(195, 5, 20.0), &BOUNDS).is_some());
    }

    #[test]
    fn what_stable_refuses_as_well_is_excused() {
        let mut excused = counts(50, 0, 20.0);
        (0..500).for_each(|_| excused.canary.excused(Code::Malformed));
        assert_eq!(judge(&excused, &BOUNDS), None);
    }

    #[test]
    fn time_needs_enough_pictures_and_a_comparison() {
        assert_eq!(judge(&counts(99, 0, 80.0), &BOUNDS), None);
        assert!(matches!(judge(&counts(100, 0, 80.0), &BOUNDS), Some(Exceeded::Time { .. })));
        assert_eq!(judge(&counts(100, 0, 22.0), &BOUNDS), None);
        let mut alone = counts(100, 0, 80.0);
        alone.stable = super::super::Counts::default();
        assert_eq!(judge(&alone, &BOUNDS), None);
    }
}
