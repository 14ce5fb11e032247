//! Tone mapping from HDR to SDR.
//!
//! The light of PQ and HLG (ITU-R BT.2100) is measured in units of diffuse white, 203 cd/m² (ITU-R
//! BT.2408). Brighter light is compressed by the curve of ITU-R BT.2390, section 5.4, applied to
//! the maximum of RGB, so that hues are preserved. Most of a picture is below the curve's knee, and
//! is not changed.

use super::points::{HLG, PQ, Points};
use crate::light::stored;

/// Diffuse white, in cd/m².
const WHITE: f32 = 203.0;
/// The default peak brightness of a picture, in cd/m²: BT.2100's nominal display for HLG, and the
/// grading of most PQ pictures.
const BRIGHTEST: f32 = 1000.0;
/// The maximum of PQ, in cd/m².
const PQ_PEAK: f32 = 10_000.0;
/// The number of table entries, minus one.
const STEPS: usize = 4096;

/// A tone mapping from HDR to sRGB values.
#[derive(Debug)]
pub struct Tone {
    /// By stored value: light, in units of white; for HLG, scene light, 0 to 1.
    light: Vec<f32>,
    /// The gain, by the square root of light ÷ brightest.
    squeeze: Vec<f32>,
    /// The peak brightness, in units of white.
    brightest: f32,
    is_hlg: bool,
    /// To the primaries of sRGB.
    primaries: [[f32; 3]; 3],
}

impl Tone {
    /// For these code points, if they are HDR and their primaries are known. `brightest` is the
    /// brightest pixel in cd/m² (MaxCLL), if the file has it.
    pub fn of(points: Points, brightest: Option<u16>) -> Option<Self> {
        let told = brightest.filter(|&told| told > 0).map(f32::from);
        let (light, brightest): (fn(f32) -> f32, f32) = match points.transfer {
            PQ => (|value| from_pq(value) / WHITE, told.unwrap_or(BRIGHTEST).clamp(WHITE, PQ_PEAK)),
            HLG => (from_hlg, BRIGHTEST),
            _ => return None,
        };
        // From ITU-R BT.2087, and by the same method for SMPTE EG 432-1's primaries.
        let primaries = match points.primaries {
            1 | 2 => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            9 => {
                [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
            }
            12 => [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]],
            _ => return None,
        };
        let share = |step: usize| step as f32 / STEPS as f32;
        let squeezed = |share: f32| {
            let nits = share * share * brightest;
            if nits > 0.0 { compressed(nits, brightest) / nits } else { 1.0 }
        };
        Some(Self {
            light: (0..=STEPS).map(|step| light(share(step))).collect(),
            squeeze: (0..=STEPS).map(|step| squeezed(share(step))).collect(),
            brightest: brightest / WHITE,
            is_hlg: points.transfer == HLG,
            primaries,
        })
    }

    /// Map stored RGB values, 0 to 1, to sRGB.
    pub fn map(&self, rgb: [f32; 3]) -> [f32; 3] {
        let mut light = rgb.map(|value| between(&self.light, value));
        if self.is_hlg {
            // Display light: BT.2100's system gamma of 1.2, for 1000 cd/m².
            let [r, g, b] = light;
            let luminance = 0.2627 * r + 0.6780 * g + 0.0593 * b;
            let gain = self.brightest * luminance.powf(0.2);
            light = light.map(|value| value * gain);
        }
        let most = light.into_iter().fold(0.0, f32::max);
        let squeeze = between(&self.squeeze, (most / self.brightest).sqrt());
        // Light above the file's peak brightness becomes white.
        let squeeze = if most > self.brightest { 1.0 / most } else { squeeze };
        let [r, g, b] = light.map(|value| value * squeeze);
        self.primaries.map(|[x, y, z]| stored(x * r + y * g + z * b))
    }

    /// [`map`](Self::map) of rows of the three.
    pub fn map_rows(&self, [red, green, blue]: [&mut [f32]; 3]) {
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            [*red, *green, *blue] = self.map([*red, *green, *blue]);
        }
    }
}

/// Interpolates a table at 0 to 1.
fn between(table: &[f32], at: f32) -> f32 {
    let at = at.clamp(0.0, 1.0) * STEPS as f32;
    let index = at as usize;
    match table.get(index..index + 2) {
        Some(&[before, after]) => before + (after - before) * (at - index as f32),
        _ => table.last().copied().unwrap_or_default(),
    }
}

// SMPTE ST 2084.
const M1: f32 = 2610.0 / 16384.0;
const M2: f32 = 2523.0 / 4096.0 * 128.0;
const C1: f32 = 3424.0 / 4096.0;
const C2: f32 = 2413.0 / 4096.0 * 32.0;
const C3: f32 = 2392.0 / 4096.0 * 32.0;

/// The light of a stored value of PQ, in cd/m².
fn from_pq(value: f32) -> f32 {
    let value = value.powf(1.0 / M2);
    PQ_PEAK * ((value - C1).max(0.0) / (C2 - C3 * value)).powf(1.0 / M1)
}

/// The stored value of PQ of light in cd/m².
fn to_pq(nits: f32) -> f32 {
    let light = (nits / PQ_PEAK).powf(M1);
    ((C1 + C2 * light) / (1.0 + C3 * light)).powf(M2)
}

/// The scene light of a stored value of HLG, 0 to 1 (ITU-R BT.2100, table 5).
fn from_hlg(value: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    const B: f32 = 0.284_668_92;
    const C: f32 = 0.559_910_7;
    if value <= 0.5 { value * value / 3.0 } else { (((value - C) / A).exp() + B) / 12.0 }
}

/// Compresses light in cd/m² from a peak of `brightest` to a display of [`WHITE`].
fn compressed(nits: f32, brightest: f32) -> f32 {
    if brightest <= WHITE {
        return nits.min(WHITE);
    }
    let source = to_pq(brightest);
    let target = to_pq(WHITE) / source;
    let value = to_pq(nits) / source;
    let knee = 1.5 * target - 0.5;
    if value <= knee {
        return nits;
    }
    let t = (value - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let curve = (2.0 * t3 - 3.0 * t2 + 1.0) * knee
        + (t3 - 2.0 * t2 + t) * (1.0 - knee)
        + (-2.0 * t3 + 3.0 * t2) * target;
    from_pq(curve * source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(primaries: u16, transfer: u16) -> Tone {
        Tone::of(Points { primaries, transfer }, None).unwrap()
    }

    #[test]
    fn curves_are_the_standards() {
        // BT.2408, table 1: the signal of diffuse white and of the peak, in both systems.
        assert!((to_pq(203.0) - 0.58).abs() < 0.002, "{}", to_pq(203.0));
        assert!((to_pq(1000.0) - 0.75).abs() < 0.003, "{}", to_pq(1000.0));
        for nits in [0.01, 1.0, 100.0, 203.0, 4000.0] {
            assert!((from_pq(to_pq(nits)) / nits - 1.0).abs() < 1e-3, "{nits}");
        }
        assert!((from_hlg(0.5) - 1.0 / 12.0).abs() < 1e-6);
        assert!((from_hlg(1.0) - 1.0).abs() < 1e-4, "{}", from_hlg(1.0));
        // 75 % of HLG is diffuse white on a display of 1000 cd/m².
        let white = 1000.0 * from_hlg(0.75).powf(1.2);
        assert!((white - 203.0).abs() < 2.0, "{white}");
    }

    #[test]
    fn what_is_dark_stays_and_what_is_bright_is_compressed() {
        let stored_at = |nits: f32| {
            let value = to_pq(nits);
            tone(1, PQ).map([value; 3])[0]
        };
        for nits in [0.5, 5.0, 20.0, 60.0] {
            let expected = stored(nits / WHITE);
            assert!((stored_at(nits) - expected).abs() < 2e-3, "{nits}: {}", stored_at(nits));
        }
        // The mapping is monotonic, and only the peak is white.
        let all: Vec<f32> = (0..=100).map(|part| stored_at(part as f32 * 10.0)).collect();
        assert!(all.windows(2).all(|pair| pair[1] > pair[0] - 1e-6), "{all:?}");
        assert!((0.8..0.97).contains(&stored_at(203.0)), "{}", stored_at(203.0));
        assert!(stored_at(600.0) < 0.999 && stored_at(1000.0) > 0.995);
        assert!((stored_at(4000.0) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_file_can_say_how_bright_it_is() {
        let points = Points { primaries: 9, transfer: PQ };
        let dim = Tone::of(points, Some(203)).unwrap();
        let [r, g, b] = dim.map([to_pq(203.0); 3]);
        assert!(r.min(g).min(b) > 0.995, "{r} {g} {b}");
        // A picture darker than white keeps its light, even if it exceeds its declared peak.
        let darker = Tone::of(points, Some(100)).unwrap();
        let [r, ..] = darker.map([to_pq(110.0); 3]);
        assert!((r - stored(110.0 / WHITE)).abs() < 5e-3, "{r}");
        let bright = Tone::of(points, Some(4000)).unwrap();
        assert!(bright.map([to_pq(203.0); 3])[0] < tone(9, PQ).map([to_pq(203.0); 3])[0]);
    }

    #[test]
    fn greys_stay_grey_and_hues_stay() {
        for transfer in [PQ, HLG] {
            for value in [0.1, 0.4, 0.58, 0.75, 0.9, 1.0] {
                let [r, g, b] = tone(9, transfer).map([value; 3]);
                assert!((r - g).abs() < 2e-3 && (g - b).abs() < 2e-3, "{value}: {r} {g} {b}");
            }
        }
        // BT.709's red, in BT.2020's primaries, becomes pure red.
        let red = [0.6274, 0.0691, 0.0164].map(|light: f32| to_pq(light * 50.0));
        let [r, g, b] = tone(9, PQ).map(red);
        assert!((r - stored(50.0 / WHITE)).abs() < 5e-3 && g < 0.02 && b < 0.02, "{r} {g} {b}");
    }

    #[test]
    fn what_is_no_hdr_has_no_tone() {
        assert!(Tone::of(Points { primaries: 9, transfer: 13 }, None).is_none());
        assert!(Tone::of(Points { primaries: 11, transfer: 16 }, None).is_none());
    }
}
