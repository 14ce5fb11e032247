//! The choice of chroma's mode.

use super::encoder::Encoder;
use super::quant::Levels;
use super::tokens::CHROMA;
use super::trial::{Trial, difference, error, part, put_part};
use crate::transform::{forward, inverse};

/// Costs of the modes, in 256ths of a bit.
const MODE: [u32; 4] = [218, 598, 641, 980];

impl Encoder {
    /// The best mode for both chroma planes.
    pub(super) fn chroma(&self, source: &[u8; 128], x: usize, y: usize) -> (usize, Trial) {
        let mut modes = [0, 1, 2, 3].map(|mode| {
            let mut samples = [0; 128];
            self.decoded[1].predict::<8>(x * 8, y * 8, mode, &mut samples[..64]);
            self.decoded[2].predict::<8>(x * 8, y * 8, mode, &mut samples[64..]);
            (difference(source, &samples), mode, samples)
        });
        modes.sort_by_key(|&(difference, mode, _)| (difference, mode));
        let [first, second, ..] = modes;
        let first = (first.1, self.try_chroma(source, &first.2, first.1, x));
        let second = (second.1, self.try_chroma(source, &second.2, second.1, x));
        let lambda = self.quantiser.lambda_chroma;
        if second.1.score(lambda) < first.1.score(lambda) { second } else { first }
    }

    fn try_chroma(
        &self,
        source: &[u8; 128],
        prediction: &[u8; 128],
        mode: usize,
        x: usize,
    ) -> Trial {
        let (mut above, mut left) = (self.above_full[x], self.left_full);
        let mut trial = Trial {
            levels: [Levels::default(); 16],
            constants: Levels::default(),
            samples: [0; 256],
            rate: MODE[mode],
            distortion: 0,
        };
        // Two planes of 2×2 blocks, one below the other, are 2×4 blocks.
        for i in 0..8 {
            let (column, row) = (4 + i / 4 * 2 + i % 2, 4 + i / 2);
            let predicted = part::<8>(prediction, i);
            let mut block = forward(&part::<8>(source, i), &predicted);
            let levels = self.quantiser.chroma.quantise(&mut block, 0);
            let context = usize::from(above[column]) + usize::from(left[row]);
            trial.rate += self.costs.of(&levels, CHROMA, context, 0);
            (above[column], left[row]) = (levels.end > 0, levels.end > 0);
            put_part::<8>(&mut trial.samples, i, &inverse(&block, &predicted));
            trial.levels[i] = levels;
        }
        trial.distortion = error(source, &trial.samples[..128]);
        trial
    }
}
