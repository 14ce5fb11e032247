//! Converts grey levels to sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use crate::light::stored;

/// The lookup table of `count` levels, in 16 bits.
pub(super) fn levels(profile: &ColorProfile, count: u32) -> Option<Vec<u16>> {
    let most = count - 1;
    if profile.color_space != DataColorSpace::Gray {
        // In an RGB profile, greys have equal channels.
        let level = |n: u32| ((n * 65535 + most / 2) / most) as u16;
        let greys: Vec<u16> = (0..count).flat_map(|n| [level(n); 3]).collect();
        let options = TransformOptions::default();
        let srgb = ColorProfile::new_srgb();
        let transform = profile.create_transform_16bit(Layout::Rgb, &srgb, Layout::Rgb, options);
        let mut rgb = vec![0; greys.len()];
        transform.ok()?.transform(&greys, &mut rgb).ok()?;
        return Some(rgb.into_iter().skip(1).step_by(3).collect());
    }
    // The curve is sufficient. It maps to the connection space: to light, or to lightness.
    let curve = profile.gray_trc.as_ref()?.make_linear_evaluator().ok()?;
    let light = |value: f32| match profile.pcs {
        DataColorSpace::Lab => light_of(value * 100.0),
        _ => value,
    };
    let level = |n: u32| {
        let value = stored(light(curve.evaluate_value(n as f32 / most as f32)));
        (value * 65535.0 + 0.5) as u16
    };
    Some((0..count).map(level).collect())
}

/// The light, 0 to 1, of CIE's lightness, 0 to 100.
fn light_of(lightness: f32) -> f32 {
    let f = (lightness + 16.0) / 116.0;
    if lightness > 8.0 { f * f * f } else { lightness * 27.0 / 24389.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_leads_to_light_or_to_lightness() {
        let mut profile = ColorProfile::new_gray_with_gamma(1.0);
        let middle = |profile: &ColorProfile| levels(profile, 256).unwrap()[128] / 257;
        // Half of the light; half of the lightness, which is a fifth of the light.
        assert!(middle(&profile).abs_diff(188) <= 1, "{}", middle(&profile));
        profile.pcs = DataColorSpace::Lab;
        assert!(middle(&profile).abs_diff(119) <= 1, "{}", middle(&profile));
        assert_eq!(levels(&profile, 65536).unwrap()[65535], 65535);
    }
}
