//! Weights of the Lanczos filter along one axis.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Bits of fraction of a weight.
pub(super) const PRECISION: u32 = 14;

/// Half the width of the filter, in lobes.
const LOBES: f64 = 3.0;

/// The source samples of each target sample of a row or a column, and their weights.
pub(super) struct Axis {
    starts: Vec<usize>,
    weights: Vec<i16>,
    /// The number of weights per target sample, which is even.
    pub(super) taps: usize,
}

impl Axis {
    /// For an axis of `source` samples, where target sample `n` covers `scale` samples from `origin
    /// + n × scale` on. The first source sample of each is a multiple of `align`. If the source has
    /// at least as many samples as there are weights, they exceed its end by at most `align`.
    pub(super) fn new(source: u32, origin: f64, scale: f64, target: u32, align: usize) -> Self {
        let stretch = scale.max(1.0);
        let reach = LOBES * stretch;
        let last = f64::from(source);
        let bounds = (0..target).map(|n| {
            let centre = origin + (f64::from(n) + 0.5) * scale;
            let start = (centre - reach + 0.5).floor().clamp(0.0, last - 1.0);
            let end = (centre + reach + 0.5).floor().clamp(start + 1.0, last.max(start + 1.0));
            (centre, start as usize / align * align, end as usize)
        });
        let bounds: Vec<_> = bounds.collect();
        let taps = bounds.iter().map(|(_, start, end)| end - start).max().unwrap_or(1);
        let taps = taps.next_multiple_of(2);

        let mut weights = vec![0_i16; taps * bounds.len()];
        let mut exact = Vec::with_capacity(taps);
        let last = (source as usize).saturating_sub(taps).next_multiple_of(align);
        let mut starts = Vec::with_capacity(bounds.len());
        for ((centre, start, end), weights) in
            bounds.into_iter().zip(weights.chunks_exact_mut(taps))
        {
            exact.clear();
            exact.extend((start..end).map(|at| lanczos((at as f64 + 0.5 - centre) / stretch)));
            // Samples before `start` have a weight of zero.
            let first = start.min(last);
            quantise(&exact, weights.get_mut(start - first..).unwrap_or_default());
            starts.push(first);
        }
        Self { starts, weights, taps }
    }

    /// For each target sample: the first source sample, and the weights in pairs.
    pub(super) fn spans(&self) -> impl Iterator<Item = (usize, &[[i16; 2]])> {
        let weights = self.weights.chunks_exact(self.taps);
        self.starts.iter().copied().zip(weights.map(|all| all.as_chunks::<2>().0))
    }
}

/// Convert to fixed point, such that the sum is exactly 1: a flat area stays flat.
fn quantise(exact: &[f64], weights: &mut [i16]) {
    let one = 1 << PRECISION;
    let sum: f64 = exact.iter().sum();
    let scale = f64::from(one) / if sum.abs() > 1e-9 { sum } else { 1.0 };
    let mut left = one;
    let mut largest = (0, i16::MIN);
    for (index, (weight, exact)) in weights.iter_mut().zip(exact).enumerate() {
        *weight = (exact * scale).round_ties_even() as i16;
        left -= i32::from(*weight);
        if *weight > largest.1 {
            largest = (index, *weight);
        }
    }
    if let Some(weight) = weights.get_mut(largest.0) {
        *weight = weight.saturating_add(left as i16);
    }
}

/// The filter, by the distance from its centre in lobes.
fn lanczos(distance: f64) -> f64 {
    let at = distance.abs() * STEPS;
    let index = at as usize;
    match CURVE.get(index..index + 2) {
        Some(&[before, after]) => before + (after - before) * at.fract(),
        _ => 0.0,
    }
}

/// Samples of the filter per lobe. Linear interpolation is exact enough for the precision of
/// weights; computing a sine per weight would take as long as the encoder.
const STEPS: f64 = 512.0;

static CURVE: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let exact = |index: i32| {
        let x = f64::from(index) / STEPS;
        let turn = PI * x;
        if index == 0 { 1.0 } else { LOBES * turn.sin() * (turn / LOBES).sin() / (turn * turn) }
    };
    (0..=(LOBES * STEPS) as i32).map(exact).collect()
});
