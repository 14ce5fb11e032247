//! Converts samples to grey or RGB, with or without alpha.

use super::layout::{Layout, Opacity, Photometric};
use crate::frame::Kind;
use crate::light::{TO_LINEAR_16, stored};
use crate::profile::Cmyk;
use crate::tiff::Tiff;

const COLOUR_MAP: u16 = 320;

/// The parameters of the conversion from samples to pixels.
pub(super) struct Pixels<'a> {
    photometric: Photometric,
    /// Stored samples per pixel.
    samples: usize,
    opacity: Opacity,
    /// Whether samples were linear light.
    is_float: bool,
    pub(super) kind: Kind,
    /// The palette.
    colours: Vec<[u16; 3]>,
    inks: Option<&'a Cmyk>,
}

impl<'a> Pixels<'a> {
    pub(super) fn new(layout: &Layout, tiff: &Tiff<'_>, inks: Option<&'a Cmyk>) -> Self {
        let colours = match layout.photometric {
            Photometric::Palette => colour_map(tiff),
            _ => Vec::new(),
        };
        let Layout { photometric, samples, opacity, is_float, .. } = *layout;
        Self { photometric, samples, opacity, is_float, kind: kind(layout), colours, inks }
    }

    /// A row of pixels of `kind`, not premultiplied, in 16 bits. Premultiplied inks in `row` are
    /// divided by alpha.
    pub(super) fn make(&self, row: &mut [u16], out: &mut Vec<u16>) {
        out.clear();
        let is_multiplied = self.opacity == Opacity::Premultiplied;
        // Inks were multiplied as such; the colours they make are not proportional to them.
        let has_inks = self.photometric == Photometric::Cmyk;
        if is_multiplied && has_inks {
            self.divide(row);
        }
        let colours = self.photometric.samples();
        let has_opacity = self.opacity != Opacity::None;
        let converted = self.inks.and_then(|inks| {
            let pixels = row.chunks_exact(self.samples);
            let eight = pixels.flat_map(|pixel| pixel.iter().take(4).map(|&v| eight_bits(v)));
            inks.convert(&eight.collect::<Vec<u8>>())
        });
        let converted = converted.unwrap_or_default();
        for (n, pixel) in row.chunks_exact(self.samples).enumerate() {
            let (colour, rest) = pixel.split_at(colours.min(pixel.len()));
            let alpha = if has_opacity { rest.first().copied().unwrap_or(65535) } else { 65535 };
            let mut rgb = match (self.photometric, colour) {
                (Photometric::Grey { white_is_zero: true }, &[grey, ..]) => [!grey; 3],
                (Photometric::Palette, &[index, ..]) => {
                    self.colours.get(usize::from(index)).copied().unwrap_or_default()
                }
                (Photometric::Cmyk, &[c, m, y, k]) => match converted.get(n * 3..n * 3 + 3) {
                    Some(&[r, g, b]) => [r, g, b].map(|value| u16::from(value) * 257),
                    _ => [c, m, y].map(|ink| product(!ink, !k)),
                },
                (Photometric::Lab { icc }, &[l, a, b]) => from_lab(l, a, b, icc),
                (_, &[r, g, b]) => [r, g, b],
                (_, &[grey, ..]) => [grey; 3],
                _ => [0; 3],
            };
            if is_multiplied && !has_inks {
                rgb = rgb.map(|value| self.divided(value, alpha));
            }
            match self.kind {
                Kind::Luma => out.push(rgb[0]),
                Kind::Rgba => out.extend([rgb[0], rgb[1], rgb[2], alpha]),
                _ => out.extend(rgb),
            }
        }
    }

    /// Divides the colours of all pixels by alpha.
    fn divide(&self, row: &mut [u16]) {
        for pixel in row.chunks_exact_mut(self.samples) {
            let colours = self.photometric.samples().min(pixel.len());
            let (colour, rest) = pixel.split_at_mut(colours);
            let alpha = rest.first().copied().unwrap_or(65535);
            colour.iter_mut().for_each(|value| *value = self.divided(*value, alpha));
        }
    }

    /// A premultiplied value divided by alpha; as light, if it was multiplied as light.
    fn divided(&self, value: u16, alpha: u16) -> u16 {
        if self.is_float {
            let light = TO_LINEAR_16.get(usize::from(value)).copied().unwrap_or(0.0);
            let alpha = f32::from(alpha) / 65535.0;
            return if alpha > 0.0 { (stored(light / alpha) * 65535.0 + 0.5) as u16 } else { 0 };
        }
        let whole = (u64::from(value) * 65_535 + u64::from(alpha) / 2).checked_div(alpha.into());
        whole.unwrap_or(0).min(65_535) as u16
    }
}

/// The kind of frame for a file.
pub(super) fn kind(layout: &Layout) -> Kind {
    match (layout.opacity, layout.photometric) {
        (Opacity::None, Photometric::Grey { .. }) => Kind::Luma,
        (Opacity::None, _) => Kind::Rgb,
        _ => Kind::Rgba,
    }
}

/// The palette: all reds, all greens, all blues, in 16 bits; or in 8, which is detected as in
/// libtiff: no value is above 255.
fn colour_map(tiff: &Tiff<'_>) -> Vec<[u16; 3]> {
    let values = tiff.numbers(COLOUR_MAP).unwrap_or_default();
    let narrow = values.iter().all(|value| *value < 256);
    let value = |number: &u64| if narrow { (*number as u16) * 257 } else { *number as u16 };
    let third = values.len() / 3;
    let all = |part: usize| values.iter().skip(part * third).take(third).map(value);
    all(0).zip(all(1)).zip(all(2)).map(|((r, g), b)| [r, g, b]).collect()
}

/// 16 bits to 8, rounded.
pub(super) fn eight_bits(value: u16) -> u8 {
    ((u32::from(value) * 255 + 32_895) >> 16) as u8
}

fn product(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b) + 32_767) / 65_535) as u16
}

/// CIE's L*a*b* of D50 in sRGB.
fn from_lab(l: u16, a: u16, b: u16, icc: bool) -> [u16; 3] {
    let signed = |value: u16| {
        let value = if icc { i32::from(value) - 32_896 } else { i32::from(value as i16) };
        // 8-bit samples were multiplied by 257.
        value as f32 / 257.0
    };
    let lightness = f32::from(l) / 655.35;
    let fy = (lightness + 16.0) / 116.0;
    let inverse =
        |f: f32| if f > 6.0 / 29.0 { f * f * f } else { (f - 16.0 / 116.0) * 108.0 / 841.0 };
    let (x, y, z) = (
        0.9642 * inverse(fy + signed(a) / 500.0),
        inverse(fy),
        0.8249 * inverse(fy - signed(b) / 200.0),
    );
    // From D50 to sRGB's primaries, adapted by Bradford's matrix.
    let light = [
        3.134_136 * x - 1.617_386 * y - 0.490_662 * z,
        -0.978_795_6 * x + 1.916_254 * y + 0.033_442_7 * z,
        0.071_955_4 * x - 0.228_976_8 * y + 1.405_386 * z,
    ];
    light.map(|value| (stored(value) * 65535.0 + 0.5) as u16)
}
