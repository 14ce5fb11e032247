//! Filter weights along one axis, in floating point.

use std::f64::consts::PI;

use super::filter::Filter;

/// The source samples of each target sample, and their weights.
pub(super) struct Axis {
    /// First source sample and weights of each target sample. The first samples are monotonic.
    pub(super) spans: Vec<(usize, Vec<f32>)>,
}

impl Axis {
    /// For an axis of `source` samples, where target sample `n` covers `scale` samples from `origin
    /// + n × scale` on.
    pub(super) fn new(filter: Filter, source: u32, origin: f64, scale: f64, target: u32) -> Self {
        let stretch = scale.max(1.0);
        let reach = reach(filter) * stretch;
        let last = f64::from(source);
        let span = |n: u32| {
            let centre = origin + (f64::from(n) + 0.5) * scale;
            if filter == Filter::Nearest {
                return (centre.floor().clamp(0.0, last - 1.0) as usize, vec![1.0]);
            }
            let start = (centre - reach + 0.5).floor().clamp(0.0, last - 1.0);
            let end = (centre + reach + 0.5).floor().clamp(start + 1.0, last);
            let at = |at: usize| curve(filter, ((at as f64 + 0.5 - centre) / stretch).abs());
            let weights: Vec<f64> = (start as usize..end as usize).map(at).collect();
            let sum: f64 = weights.iter().sum();
            let sum = if sum.abs() > 1e-9 { sum } else { 1.0 };
            (start as usize, weights.iter().map(|weight| (weight / sum) as f32).collect())
        };
        Self { spans: (0..target).map(span).collect() }
    }
}

/// Half the width of a filter.
fn reach(filter: Filter) -> f64 {
    match filter {
        Filter::Nearest => 0.5,
        Filter::Linear => 1.0,
        Filter::Cubic | Filter::Mitchell | Filter::Lanczos2 => 2.0,
        Filter::Lanczos3 => 3.0,
    }
}

/// The value of a filter at a distance from its centre.
fn curve(filter: Filter, x: f64) -> f64 {
    if x >= reach(filter) {
        return 0.0;
    }
    // Mitchell and Netravali's family of cubics.
    let cubic = |b: f64, c: f64| {
        let value = if x < 1.0 {
            (12.0 - 9.0 * b - 6.0 * c) * x.powi(3)
                + (-18.0 + 12.0 * b + 6.0 * c) * x.powi(2)
                + (6.0 - 2.0 * b)
        } else {
            (-b - 6.0 * c) * x.powi(3)
                + (6.0 * b + 30.0 * c) * x.powi(2)
                + (-12.0 * b - 48.0 * c) * x
                + (8.0 * b + 24.0 * c)
        };
        value / 6.0
    };
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    match filter {
        Filter::Nearest => 1.0,
        Filter::Linear => 1.0 - x,
        Filter::Cubic => cubic(0.0, 0.5),
        Filter::Mitchell => cubic(1.0 / 3.0, 1.0 / 3.0),
        Filter::Lanczos2 => sinc(x) * sinc(x / 2.0),
        Filter::Lanczos3 => sinc(x) * sinc(x / 3.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_whatever_the_size() {
        use Filter::*;
        for filter in [Nearest, Linear, Cubic, Mitchell, Lanczos2, Lanczos3] {
            for (from, to) in [(1, 1), (1, 9), (5, 3), (100, 7), (3, 100), (64, 64)] {
                let scale = f64::from(from) / f64::from(to);
                let axis = Axis::new(filter, from, 0.0, scale, to);
                assert!(axis.spans.is_sorted_by_key(|(start, _)| *start));
                for (start, weights) in &axis.spans {
                    let sum: f32 = weights.iter().sum();
                    assert!((sum - 1.0).abs() < 1e-4, "{filter:?} {from} {to}: {sum}");
                    assert!(start + weights.len() <= from as usize, "{filter:?} {from} {to}");
                }
            }
        }
    }
}
