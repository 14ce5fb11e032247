//! Drops coefficients that are not worth their bits.
//!
//! A coefficient of ±1 that was nearly rounded to 0 improves a picture little, and costs most if it
//! is isolated after a long run. Dropping those makes a file several percent smaller at equal
//! quality; a search over all combinations gains hardly more, and takes many times as long.

use super::value::{STEP, magnitude, rounded};
use crate::standard::STANDARD;
use crate::zigzag::NATURAL;

/// The value of a squared step of error, in 1/16 bit: fourteen times the saved bits.
const WORTH: i32 = 28;

/// Bits of a coefficient, by luminance or chrominance, its size and the preceding zeros. Only
/// occurring sizes have entries. From the standard codes, as the picture's own are not known yet.
type Lengths = [[[u8; 64]; 16]; 2];

static LENGTHS: Lengths = {
    let mut all = [[[0; 64]; 16]; 2];
    let mut class = 0;
    while class < 2 {
        let (counts, symbols) = STANDARD[2 + class];
        let mut of = [0u8; 256];
        let (mut length, mut at) = (0, 0);
        while length < 16 {
            let mut left = counts[length];
            while left > 0 {
                of[symbols[at] as usize] = length as u8 + 1;
                at += 1;
                left -= 1;
            }
            length += 1;
        }
        let mut size = 1;
        while size < 11 {
            let mut run = 0;
            while run < 64 {
                let long = (run / 16) as u8 * of[0xf0];
                all[class][size][run] = long + of[(run % 16) << 4 | size] + size as u8;
                run += 1;
            }
            size += 1;
        }
        class += 1;
    }
    all
};

/// A coefficient with more sixteenths is always coded.
pub(crate) const WEAK: i16 = 16;

/// Removes from `mask` (a bit for each nonzero coefficient, in the file's order) those of `weak`
/// that are not worth their bits, from the last one backwards. `weak` is a subset of those of ±1.
/// `class` is 0 for luminance, 1 for chrominance.
#[inline(never)]
pub(crate) fn prune(block: &[i16; 64], mut mask: u64, weak: u64, class: u32) -> u64 {
    let lengths = &LENGTHS[class as usize & 1];
    let value = |k: u32| block[usize::from(NATURAL[k as usize & 63]) & 63];
    // DC, after which a run may begin.
    mask |= 1;
    let mut rest = weak & mask & !1;
    while rest != 0 {
        let k = 63 - rest.leading_zeros();
        rest ^= 1 << k;
        let before = 63 - (mask & ((1 << k) - 1)).leading_zeros();
        let length = |of: &[u8; 64], run: u32| i32::from(of[run as usize & 63]);
        let mut saved = length(&lengths[1], k - before - 1);
        let behind = mask >> k >> 1;
        if behind != 0 {
            let run = behind.trailing_zeros();
            let after = &lengths[magnitude(rounded(value(k + 1 + run)).into()) as usize & 15];
            saved += length(after, run) - length(after, run + k - before);
        }
        let improved = i32::from(value(k).unsigned_abs()) - (1 << (STEP - 1));
        if improved * WORTH < saved << STEP {
            mask ^= 1 << k;
        }
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_alone_and_is_nearly_zero_is_left_out() {
        let mut block = [0i16; 64];
        let at = |k: usize| usize::from(NATURAL[k]);
        block[at(1)] = 17;
        block[at(2)] = -40;
        // Nearly a step after a long run; twice as much; and little more than half a step.
        block[at(40)] = -16;
        let prune = |block: &[i16; 64]| {
            let mask = |least: i16, most: i16| {
                let within = |k: usize| (least..=most).contains(&block[at(k)].abs());
                (0..64).fold(0u64, |mask, k| mask | u64::from(within(k)) << k)
            };
            prune(block, mask(9, i16::MAX), mask(9, WEAK), 0) & !1
        };
        assert_eq!(prune(&block), 0b110);
        block[at(40)] = 32;
        assert_eq!(prune(&block), 1 << 40 | 0b110);
        let mut alone = [0i16; 64];
        alone[at(1)] = 9;
        assert_eq!(prune(&alone), 0);
        alone[at(1)] = 14;
        assert_eq!(prune(&alone), 0b10);
        assert_eq!(prune(&[0; 64]), 0);
    }

    #[test]
    fn lengths_are_those_of_the_standard_codes() {
        // T.81, table K.5: 0/1 has 2 bits, 0/2 has 2, 15/0 has 11; and the extra bits.
        assert_eq!(LENGTHS[0][1][0], 2 + 1);
        assert_eq!(LENGTHS[0][2][0], 2 + 2);
        assert_eq!(LENGTHS[0][1][16], 11 + 2 + 1);
    }
}
