//! Converts luma and chroma to RGB (TIFF 6.0, section 21). JPEG has its own conversion: neither
//! field has an effect on it, as in libtiff.

use crate::tiff::Tiff;

const COEFFICIENTS: u16 = 529;
const REFERENCE: u16 = 532;

/// The conversion.
pub(super) struct Ycc {
    /// The stored value of zero of each component, and the factor of its distance from it.
    zeros: [f32; 3],
    factors: [f32; 3],
    /// The shares of red, green and blue in luma.
    shares: [f32; 3],
}

impl Ycc {
    pub(super) fn of(tiff: &Tiff<'_>) -> Self {
        let is_range = |[y, y_white, b, b_white, r, r_white]: &[f32; 6]| {
            y != y_white && b != b_white && r != r_white
        };
        let reference = tiff.fractions(REFERENCE).filter(is_range);
        let [y, y_white, b, b_white, r, r_white] =
            reference.unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
        let shares = tiff.fractions(COEFFICIENTS).filter(|[_, green, _]| *green > 0.0);
        Self {
            zeros: [y, b, r],
            factors: [255.0 / (y_white - y), 127.0 / (b_white - b), 127.0 / (r_white - r)],
            shares: shares.unwrap_or([0.299, 0.587, 0.114]),
        }
    }

    /// Units, with `across` × `down` luma samples and one of each chroma, as rows of RGB in 8 bits.
    pub(super) fn to_rgb(
        &self,
        units: &[u8],
        width: usize,
        rows: usize,
        (across, down): (usize, usize),
    ) -> Vec<u8> {
        let unit = across * down + 2;
        let units_across = width.div_ceil(across);
        let mut rgb = vec![0; width * rows * 3];
        for (y, out) in rgb.chunks_exact_mut((width * 3).max(1)).enumerate() {
            let line = units.get(y / down * units_across * unit..).unwrap_or(&[]);
            for (x, out) in out.as_chunks_mut().0.iter_mut().enumerate() {
                let one = line.get(x / across * unit..).unwrap_or(&[]);
                let at = |place: usize| one.get(place).copied().unwrap_or(0);
                let luma = at(y % down * across + x % across);
                *out = self.pixel([luma, at(across * down), at(across * down + 1)]);
            }
        }
        rgb
    }

    fn pixel(&self, stored: [u8; 3]) -> [u8; 3] {
        let mut ycc = stored.map(f32::from);
        for ((value, zero), factor) in ycc.iter_mut().zip(self.zeros).zip(self.factors) {
            *value = (*value - zero) * factor;
        }
        let ([luma, blue, red], [of_red, of_green, of_blue]) = (ycc, self.shares);
        let red = luma + red * (2.0 - 2.0 * of_red);
        let blue = luma + blue * (2.0 - 2.0 * of_blue);
        let green = (luma - of_red * red - of_blue * blue) / of_green;
        [red, green, blue].map(|value| (value + 0.5) as u8)
    }
}
