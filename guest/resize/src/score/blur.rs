//! The local mean: a Gaussian of 1.5 pixels.

/// How far a sample reaches.
pub(super) const RADIUS: usize = 4;

/// Weights from the centre outwards. The original's Gaussian is a sum of three truncated cosines
/// (Charalampidis, "Recursive Implementation of the Gaussian Filter Using Truncated Cosine
/// Functions", 2016; `CreateRecursiveGaussian(1.5)` in libjxl): 0.178939 cos(πd/10) +
/// 0.072726 cos(3πd/10) + 0.012956 cos(5πd/10).
const WEIGHTS: [f32; RADIUS + 1] =
    [0.264_621_1, 0.212_928_6, 0.109_335_37, 0.036_011_115, 0.009_414_368];

/// Samples beyond the edges are zero, as in the original.
pub(super) fn blur(plane: &[f32], width: usize) -> Vec<f32> {
    let height = plane.len().checked_div(width).unwrap_or(0);
    let mut out = vec![0.0; width * height];
    // A row with padding for the filter on both sides.
    let mut row = vec![0.0_f32; width + 2 * RADIUS];
    for y in 0..height {
        let middle = &mut row[RADIUS..RADIUS + width];
        let line = |y: usize| &plane[y * width..(y + 1) * width];
        for (sum, value) in middle.iter_mut().zip(line(y)) {
            *sum = value * WEIGHTS[0];
        }
        for (d, weight) in WEIGHTS.iter().enumerate().skip(1) {
            let above = y.checked_sub(d).map(line);
            let below = (y + d < height).then(|| line(y + d));
            for line in [above, below].into_iter().flatten() {
                for (sum, value) in middle.iter_mut().zip(line) {
                    *sum += value * weight;
                }
            }
        }
        let out = &mut out[y * width..(y + 1) * width];
        for (sum, value) in out.iter_mut().zip(&row[RADIUS..]) {
            *sum = value * WEIGHTS[0];
        }
        for (d, weight) in WEIGHTS.iter().enumerate().skip(1) {
            let pairs = row[RADIUS - d..].iter().zip(&row[RADIUS + d..]);
            for (sum, (before, after)) in out.iter_mut().zip(pairs) {
                *sum += (before + after) * weight;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_becomes_a_bell() {
        let mut plane = vec![0.0; 21 * 21];
        plane[10 * 21 + 10] = 1.0;
        let blurred = blur(&plane, 21);
        let sum: f32 = blurred.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        assert!(blurred[10 * 21 + 10] > blurred[10 * 21 + 11]);
        assert!((blurred[10 * 21 + 7] - blurred[13 * 21 + 10]).abs() < 1e-7);
    }
}
