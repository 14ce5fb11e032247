//! Tone mapping of HDR PNG rows.

use crate::profile::Tone;

/// The layout of a row's samples.
pub(super) struct Layout {
    /// Samples per pixel.
    pub(super) channels: usize,
    /// Two bytes per sample, big-endian, or one.
    pub(super) is_sixteen: bool,
}

/// Converts a row to sRGB in place. Alpha is not changed.
pub(super) fn map(tone: &Tone, layout: &Layout, row: &mut [u8]) {
    if layout.is_sixteen {
        let get = |sample: [u8; 2]| f32::from(u16::from_be_bytes(sample)) / 65535.0;
        pixels(tone, layout, row, get, |v| ((v * 65535.0 + 0.5) as u16).to_be_bytes());
    } else {
        let get = |[sample]: [u8; 1]| f32::from(sample) / 255.0;
        pixels(tone, layout, row, get, |v| [(v * 255.0 + 0.5) as u8]);
    }
}

fn pixels<const N: usize>(
    tone: &Tone,
    layout: &Layout,
    row: &mut [u8],
    get: impl Fn([u8; N]) -> f32,
    set: impl Fn(f32) -> [u8; N],
) {
    for pixel in row.as_chunks_mut::<N>().0.chunks_exact_mut(layout.channels) {
        match pixel {
            [red, green, blue, ..] => {
                let mapped = tone.map([get(*red), get(*green), get(*blue)]);
                [*red, *green, *blue] = mapped.map(&set);
            }
            [grey, ..] => {
                let [mapped, ..] = tone.map([get(*grey); 3]);
                *grey = set(mapped);
            }
            [] => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Points;

    #[test]
    fn samples_of_both_sizes_are_mapped_and_opacity_stays() {
        let tone = Tone::of(Points { primaries: 9, transfer: 16 }, None).unwrap();
        let mut eight = [148, 148, 148, 7];
        map(&tone, &Layout { channels: 4, is_sixteen: false }, &mut eight);
        assert!(eight[0] > 220 && eight[0] < 250 && eight[3] == 7, "{eight:?}");
        let mut grey = [148, 7];
        map(&tone, &Layout { channels: 2, is_sixteen: false }, &mut grey);
        assert_eq!(grey, [eight[0], 7]);
        let mut sixteen = [148, 148, 148, 148, 148, 148];
        map(&tone, &Layout { channels: 3, is_sixteen: true }, &mut sixteen);
        assert_eq!(sixteen[0], sixteen[2]);
        assert!(sixteen[0].abs_diff(eight[0]) <= 1, "{sixteen:?}");
    }
}
