//! The dominant colour.

use obscura_picture::Pixels;

/// Bits per channel of the colour histogram, as in sharp's `dominant`.
const BITS: u32 = 4;

/// Pixels of a histogram bin, weighted by alpha.
#[derive(Clone, Copy, Default)]
struct Kind {
    weight: u64,
    sums: [u64; 3],
}

/// The mean of the most frequent bin, as `#rrggbb`. None if everything is transparent. On a tie,
/// the darkest bin.
pub(crate) fn dominant(picture: &Pixels) -> Option<String> {
    let mut kinds = vec![Kind::default(); 1 << (3 * BITS)];
    for [colours @ .., alpha] in picture.iter() {
        let index = colours
            .iter()
            .fold(0, |index, &value| index << BITS | usize::from(value >> (8 - BITS)));
        let Some(kind) = kinds.get_mut(index) else { continue };
        kind.weight += u64::from(alpha);
        for (sum, value) in kind.sums.iter_mut().zip(colours) {
            *sum += u64::from(value) * u64::from(alpha);
        }
    }
    let first = |best: Kind, kind: &Kind| if kind.weight > best.weight { *kind } else { best };
    let Kind { weight, sums } = kinds.iter().fold(Kind::default(), first);
    let [r, g, b] = sums.map(|sum| (sum + weight / 2).checked_div(weight).unwrap_or(0));
    (weight > 0).then(|| format!("#{r:02x}{g:02x}{b:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_kind_counts_and_not_the_mean() {
        let pixel = |at: usize| match at % 10 {
            0..4 => [250, 0, 0],
            4..7 => [0, 250, 0],
            _ => [0, 0, 250],
        };
        let picture = Pixels::rgb(10, 10, (0..100).flat_map(pixel).collect()).unwrap();
        assert_eq!(dominant(&picture).unwrap(), "#fa0000");
    }

    #[test]
    fn what_is_transparent_does_not_count() {
        let mut samples = [250, 0, 0, 0].repeat(81);
        assert_eq!(dominant(&Pixels::rgba(9, 9, samples.clone()).unwrap()), None);
        samples[120..124].copy_from_slice(&[1, 2, 3, 40]);
        assert_eq!(dominant(&Pixels::rgba(9, 9, samples).unwrap()).unwrap(), "#010203");
    }
}
