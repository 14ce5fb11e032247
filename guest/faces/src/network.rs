//! The model: a backbone that halves its input five times, a pyramid over its last three sizes, and a head for each.

use crate::layers::{Map, depthwise, first, halved, pointwise, with_half};
use crate::weights::Weights;

/// The channels of a head: class, object, the box's middle and size, and two that are empty.
pub(crate) const HEAD: usize = 8;

/// What the heads say, of cells of 8, 16 and 32 pixels.
pub(crate) fn run(input: Map) -> [Map; 3] {
    let mut weights = Weights::new();
    run_with(input, &mut weights)
}

fn run_with(input: Map, weights: &mut Weights) -> [Map; 3] {
    let (kernel, bias) = (weights.take(9 * 3 * 16), weights.take(16));
    let map = first::<16>(&input, &kernel, &bias);
    drop(input);
    let mut units = |map, channels: &[usize]| {
        channels.iter().fold(map, |map: Map, &channels| unit(&map, channels, weights))
    };
    let map = halved(&units(map, &[16]));
    let map = halved(&units(map, &[16, 32, 32, 64]));
    let fine = units(map, &[64, 64]);
    let middle = units(halved(&fine), &[64, 64]);
    let coarse = units(halved(&middle), &[64, 64]);
    let coarse = units(coarse, &[64]);
    let middle = units(with_half(middle, &coarse), &[64]);
    let fine = units(with_half(fine, &middle), &[64]);
    [fine, middle, coarse].map(|map| units(map, &[HEAD]))
}

/// A 1×1 convolution and a depthwise one. All but those of the heads end without negative values.
fn unit(map: &Map, channels: usize, weights: &mut Weights) -> Map {
    let (across, start) = (weights.take(map.channels * channels), weights.take(channels));
    let (down, last) = (weights.take(9 * channels), weights.take(channels));
    match channels {
        HEAD => depthwise::<8>(&pointwise::<8>(map, &across, &start), &down, &last, true),
        16 => depthwise::<16>(&pointwise::<16>(map, &across, &start), &down, &last, false),
        _ => depthwise::<16>(&pointwise::<32>(map, &across, &start), &down, &last, false),
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_model_is_read() {
        let mut weights = Weights::new();
        run_with(Map::new(32, 32, 3), &mut weights);
        assert_eq!(weights.left(), 0);
    }
}
