//! Blur and sharpening of planes of 8 or 16 bits.

use obscura_picture::geometry::Size;

/// A sample of 8 or 16 bits.
pub(crate) trait Sample: Copy + Into<f32> + Into<i32> {
    /// The nearest value, clamped to the highest.
    fn rounded(value: f32) -> Self;

    /// The nearest value from 0 to `most`.
    fn limited(value: i32, most: Self) -> Self;
}

impl Sample for u8 {
    fn rounded(value: f32) -> Self {
        (value + 0.5) as Self
    }

    fn limited(value: i32, most: Self) -> Self {
        value.clamp(0, most.into()) as Self
    }
}

impl Sample for u16 {
    fn rounded(value: f32) -> Self {
        (value + 0.5) as Self
    }

    fn limited(value: i32, most: Self) -> Self {
        value.clamp(0, most.into()) as Self
    }
}

/// Add to each sample the difference of its pixel's brightness from the local mean. None exceeds
/// the opacity, or `most` if there is none.
pub(crate) fn sharpen<T: Sample>(
    samples: &mut [T],
    (bright, mean): (&[T], &[T]),
    opacity: Option<&[T]>,
    most: T,
) {
    for (at, (sample, (&bright, &mean))) in
        samples.iter_mut().zip(bright.iter().zip(mean)).enumerate()
    {
        let most = opacity.and_then(|opacity| opacity.get(at)).copied().unwrap_or(most);
        let [old, bright, mean]: [i32; 3] = [(*sample).into(), bright.into(), mean.into()];
        *sample = T::limited(old + bright - mean, most);
    }
}

/// A Gaussian, up to three standard deviations; edges are extended.
pub(crate) fn blurred<T: Sample>(samples: &[T], size: Size, sigma: f64) -> Vec<T> {
    let radius = (sigma * 3.0).ceil().max(1.0) as usize;
    let exact = (0..=radius).map(|d| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp());
    let mut weights: Vec<f32> = exact.map(|weight| weight as f32).collect();
    let sum = weights.iter().skip(1).sum::<f32>() * 2.0 + 1.0;
    weights.iter_mut().for_each(|weight| *weight /= sum);

    let (width, height) = (size.width as usize, size.height as usize);
    let row = |y: usize| samples.get(y * width..(y + 1) * width).unwrap_or(&[]);
    let mut out = Vec::with_capacity(samples.len());
    let mut line = vec![0.0_f32; width];
    for y in 0..height {
        line.fill(0.0);
        for (d, weight) in weights.iter().enumerate() {
            let above = row(y.saturating_sub(d));
            let below = row((y + d).min(height - 1));
            for (sum, (a, b)) in line.iter_mut().zip(above.iter().zip(below)) {
                let (a, b): (f32, f32) = ((*a).into(), (*b).into());
                let both = if d == 0 { a } else { a + b };
                *sum += both * weight;
            }
        }
        let at = |x: usize| line.get(x).copied().unwrap_or(0.0);
        out.extend((0..width).map(|x| {
            let parts = weights.iter().enumerate().map(|(d, weight)| {
                let right = if d == 0 { 0.0 } else { at((x + d).min(width - 1)) };
                (at(x.saturating_sub(d)) + right) * weight
            });
            T::rounded(parts.sum::<f32>())
        }));
    }
    out
}
