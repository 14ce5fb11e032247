//! Colours specified by numbers: code points (ITU-T H.273), or gamma and primaries. They are
//! converted to a profile, and handled like one.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics,
};

/// Code points of primaries and of transfer characteristics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    /// The colour primaries.
    pub primaries: u16,
    /// The transfer characteristics.
    pub transfer: u16,
}

/// Primaries that are treated as sRGB: BT.709, unspecified, and those of older television.
const NEAR_SRGB: [u16; 5] = [1, 2, 5, 6, 7];
/// Transfers that are treated as sRGB: BT.709, unspecified, BT.601, sRGB, BT.2020.
const LIKE_SRGB: [u16; 6] = [1, 2, 6, 13, 14, 15];
pub(super) const PQ: u16 = 16;
pub(super) const HLG: u16 = 18;

impl Points {
    /// Whether the picture is HDR.
    pub fn is_hdr(self) -> bool {
        matches!(self.transfer, PQ | HLG)
    }

    /// The profile for these code points; `None` if they are close enough to sRGB. An error names
    /// unknown ones.
    pub fn profile(self) -> Result<Option<Vec<u8>>, String> {
        let transfer = match self.transfer {
            known if LIKE_SRGB.contains(&known) => TransferCharacteristics::Srgb,
            4 => TransferCharacteristics::Bt470M,
            5 => TransferCharacteristics::Bt470Bg,
            8 => TransferCharacteristics::Linear,
            other => return Err(format!("with transfer characteristics {other}")),
        };
        let primaries = match self.primaries {
            known if NEAR_SRGB.contains(&known) => CicpColorPrimaries::Bt709,
            9 => CicpColorPrimaries::Bt2020,
            12 => CicpColorPrimaries::Smpte432,
            other => return Err(format!("with colour primaries {other}")),
        };
        if (primaries, transfer) == (CicpColorPrimaries::Bt709, TransferCharacteristics::Srgb) {
            return Ok(None);
        }
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries: primaries,
            transfer_characteristics: transfer,
            matrix_coefficients: MatrixCoefficients::Bt709,
            full_range: true,
        });
        let encoded = profile.encode().map_err(|error| format!("whose colours are odd: {error:?}"));
        encoded.map(Some)
    }
}

/// Exponents that mean sRGB's own curve. libpng and ImageMagick do the same: programs write 0.45455
/// into PNGs to mean sRGB.
const GAMMA_OF_SRGB: std::ops::Range<f32> = 0.450..0.460;

/// The profile with this `gamma` and these chromaticities of white, red, green and blue, by default
/// sRGB's. None if that is sRGB, or invalid.
pub fn of_gamma(gamma: Option<f32>, places: Option<[(f32, f32); 4]>) -> Option<Vec<u8>> {
    let mut profile = ColorProfile::new_srgb();
    let gamma = gamma.filter(|gamma| *gamma > 0.0 && !GAMMA_OF_SRGB.contains(gamma));
    if let Some(gamma) = gamma {
        let curve = Some(ToneReprCurve::Parametric(vec![1.0 / gamma]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) =
            (curve.clone(), curve.clone(), curve);
        profile.cicp = None;
    }
    if let Some(places) = places {
        let sound = |&(x, y): &(f32, f32)| {
            (0.0..=1.0).contains(&x) && y > 0.0 && (0.0..=1.0).contains(&(x + y))
        };
        let [white, red, green, blue] = places.map(|(x, y)| Chromaticity { x, y });
        // Three primaries on a line span no colours.
        let area = (red.x - blue.x) * (green.y - blue.y) - (green.x - blue.x) * (red.y - blue.y);
        if !places.iter().all(sound) || area.abs() < 1e-3 {
            return None;
        }
        profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    if gamma.is_none() && places.is_none() {
        return None;
    }
    profile.encode().ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Declared, Embedded, Outcome};
    use super::*;

    #[test]
    fn wide_colours_have_a_profile_and_hdr_none() {
        let profile = |primaries, transfer| Points { primaries, transfer }.profile();
        assert_eq!(profile(1, 13).unwrap(), None);
        for (primaries, transfer) in [(9, 13), (12, 1), (1, 4), (1, 5), (12, 8)] {
            let icc = profile(primaries, transfer).unwrap().unwrap();
            assert!(ColorProfile::new_from_slice(&icc).is_ok(), "{primaries} {transfer}");
        }
        assert!(profile(9, 16).is_err() && Points { primaries: 9, transfer: 16 }.is_hdr());
        assert!(profile(11, 13).is_err());
    }

    #[test]
    fn gammas_and_primaries_are_told_from_srgb() {
        const SRGB: [(f32, f32); 4] = [(0.3127, 0.329), (0.64, 0.33), (0.3, 0.6), (0.15, 0.06)];
        let outcome = |gamma, places| {
            let icc = of_gamma(gamma, places)?;
            Some(Embedded::of([Declared::Icc(icc)], false)?.outcome)
        };
        assert_eq!(outcome(Some(0.45455), None), None);
        assert_eq!(outcome(Some(0.45455), Some(SRGB)), Some(Outcome::Srgb));
        assert_eq!(outcome(None, Some(SRGB)), Some(Outcome::Srgb));
        assert_eq!(outcome(Some(1.0), None), Some(Outcome::Converted));
        let adobe = [SRGB[0], SRGB[1], (0.21, 0.71), SRGB[3]];
        assert_eq!(outcome(Some(0.45455), Some(adobe)), Some(Outcome::Converted));
        assert_eq!(outcome(Some(0.0), None), None);
        assert_eq!(outcome(Some(1.0), Some([(0.3, 0.0); 4])), None);
        assert_eq!(outcome(Some(1.0), Some([(0.3, 0.3); 4])), None);
    }
}
