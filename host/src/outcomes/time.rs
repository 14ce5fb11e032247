//! Statistics of processor times.
//!
//! Pictures differ by orders of magnitude, so an arithmetic mean would mostly reflect the largest
//! picture. Geometric means are compared, with their uncertainty, since a few pictures are not
//! conclusive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Times below it are noise.
const SHORTEST_MS: f64 = 0.01;
/// Standard errors of the confidence bound: 98 %.
const CERTAINTY: f64 = 2.0;

/// A sample of times, stored as sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Times {
    /// The number of samples.
    pub count: u64,
    /// Sum of the logarithms of milliseconds.
    pub sum_ln: f64,
    /// Sum of their squares.
    pub sum_ln_squared: f64,
}

/// The ratio of the times of two kinds of runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Slowdown {
    /// The measured ratio; 1 is no difference.
    pub factor: f64,
    /// The lower confidence bound.
    pub at_least: f64,
}

impl Times {
    /// Add a time, in milliseconds.
    pub fn add(&mut self, milliseconds: f64) {
        self.add_ln(milliseconds.max(SHORTEST_MS).ln());
    }

    /// Add the ratio of two runs on the same picture.
    pub fn add_ratio(&mut self, milliseconds: f64, other: f64) {
        self.add_ln((milliseconds.max(SHORTEST_MS) / other.max(SHORTEST_MS)).ln());
    }

    fn add_ln(&mut self, ln: f64) {
        self.count += 1;
        self.sum_ln += ln;
        self.sum_ln_squared += ln * ln;
    }

    /// Add the counts of another environment.
    pub fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_ln += other.sum_ln;
        self.sum_ln_squared += other.sum_ln_squared;
    }

    /// The geometric mean. `None` without samples.
    pub fn typical(&self) -> Option<f64> {
        (self.count > 0).then(|| self.mean_ln().exp())
    }

    /// Compare with a sample from other pictures. `None` if either has fewer than two.
    pub fn against(&self, other: &Self) -> Option<Slowdown> {
        let error = (self.error_squared()? + other.error_squared()?).sqrt();
        Some(Slowdown::new(self.mean_ln() - other.mean_ln(), error))
    }

    /// The result if these are ratios. `None` if there are fewer than two.
    pub fn as_slowdown(&self) -> Option<Slowdown> {
        Some(Slowdown::new(self.mean_ln(), self.error_squared()?.sqrt()))
    }

    fn mean_ln(&self) -> f64 {
        self.sum_ln / self.count as f64
    }

    /// The square of the standard error of the mean.
    fn error_squared(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let count = self.count as f64;
        let spread = self.sum_ln_squared - self.sum_ln * self.sum_ln / count;
        Some(spread.max(0.0) / (count - 1.0) / count)
    }
}

impl Slowdown {
    fn new(ln: f64, error: f64) -> Self {
        Self { factor: ln.exp(), at_least: (ln - CERTAINTY * error).exp() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn times(milliseconds: &[f64]) -> Times {
        let mut times = Times::default();
        milliseconds.iter().for_each(|one| times.add(*one));
        times
    }

    #[test]
    fn one_huge_picture_proves_nothing() {
        let stable = times(&[10.0, 20.0, 15.0, 12.0, 18.0, 11.0, 25.0, 14.0]);
        let canary = times(&[10.0, 20.0, 15.0, 12.0, 18.0, 11.0, 25.0, 9_000.0]);
        let slowdown = canary.against(&stable).unwrap();
        assert!(slowdown.factor > 2.0 && slowdown.at_least < 1.0, "{slowdown:?}");
    }

    #[test]
    fn what_is_slower_throughout_is_found_out() {
        let sizes: Vec<f64> = (0..200).map(|n| 5.0 + f64::from(n % 40)).collect();
        let slower: Vec<f64> = sizes.iter().map(|one| one * 3.0).collect();
        let slowdown = times(&slower).against(&times(&sizes)).unwrap();
        assert!((2.99..3.01).contains(&slowdown.factor), "{slowdown:?}");
        assert!(slowdown.at_least > 2.4, "{slowdown:?}");
    }

    #[test]
    fn halves_add_up() {
        let mut halves = times(&[1.0, 2.0]);
        halves.absorb(&times(&[3.0, 4.0]));
        let all = times(&[1.0, 2.0, 3.0, 4.0]);
        assert!((halves.typical().unwrap() - all.typical().unwrap()).abs() < 1e-12);
        assert_eq!(halves.count, 4);
        assert!(times(&[]).typical().is_none() && times(&[1.0]).against(&all).is_none());
    }
}
