//! Conversions between sRGB values and linear light.

use std::sync::LazyLock;

/// The linear light of each 8-bit value, 0 to 1.
pub static TO_LINEAR: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|value| to_linear(value as f64 / 255.0) as f32));

/// The linear light of each 16-bit value.
pub static TO_LINEAR_16: LazyLock<Vec<f32>> = LazyLock::new(|| {
    (0..=65535).map(|value| to_linear(f64::from(value) / 65535.0) as f32).collect()
});

/// The number of steps of [`FROM_LINEAR`]. The curve is steepest at 0, where a step is a fifteenth
/// of an 8-bit value.
const STEPS: f32 = 49_152.0;

static FROM_LINEAR: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let at = |step: u32| from_linear(f64::from(step) / f64::from(STEPS)) as f32;
    (0..=STEPS as u32 + 1).map(at).collect()
});

/// The sRGB value of linear light, both 0 to 1.
pub fn stored(light: f32) -> f32 {
    let at = light.clamp(0.0, 1.0) * STEPS;
    let index = at as usize;
    match FROM_LINEAR.get(index..index + 2) {
        Some(&[before, after]) => before + (after - before) * (at - index as f32),
        _ => 1.0,
    }
}

/// IEC 61966-2-1.
fn to_linear(value: f64) -> f64 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn from_linear(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (value, light) in TO_LINEAR.iter().enumerate() {
            assert!((stored(*light) * 255.0 - value as f32).abs() < 0.01, "{value}");
        }
        for value in (0..=65535).step_by(97) {
            let back = stored(TO_LINEAR_16[value]) * 65535.0;
            assert!((back - value as f32).abs() < 2.0, "{value} {back}");
        }
    }
}
