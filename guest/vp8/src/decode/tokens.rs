//! Coefficients (RFC 6386, section 13).

use super::bits::BitReader;
use super::header::{Probabilities, Steps};
use super::residue::narrow;
use crate::tables::ZIGZAG;

/// Reads a block's coefficients from `first` on, multiplied by their steps, in rows. Returns the
/// position after the last. A separate function, so that the compiler keeps its values in
/// registers.
#[inline(never)]
pub(super) fn read(
    reader: &mut BitReader<'_>,
    table: &Probabilities,
    context: usize,
    first: usize,
    steps: Steps,
    out: &mut [i16; 16],
) -> usize {
    let mut bits = *reader;
    let mut n = first;
    let mut p = &table[n & 15][context % 3];
    let mut more = bits.bit(p[0]);
    while more {
        bits.fill();
        while !bits.take(p[1]) {
            n += 1;
            if n == 16 {
                *reader = bits;
                return 16;
            }
            p = &table[n & 15][0];
            bits.fill();
        }
        let next = &table[(n + 1) % 17];
        let step = if n > 0 { steps.ac } else { steps.dc };
        let place = &mut out[ZIGZAG[n & 15] & 15];
        n += 1;
        if bits.take(p[2]) {
            let size = large(&mut bits, p);
            p = &next[2];
            bits.fill();
            *place = narrow(bits.take_sign(size) * step);
        } else {
            p = &next[1];
            *place = narrow(bits.take_sign(1) * step);
        }
        if n == 16 {
            break;
        }
        more = bits.take(p[0]);
    }
    *reader = bits;
    n
}

/// A level of 2 or more.
#[inline(always)]
fn large(bits: &mut BitReader<'_>, p: &[u8; 11]) -> i32 {
    bits.fill();
    if !bits.take(p[3]) {
        return if bits.take(p[4]) { 3 + i32::from(bits.take(p[5])) } else { 2 };
    }
    let mut copy = *bits;
    let size = larger(&mut copy, p);
    *bits = copy;
    size
}

/// A level of 5 or more. These are rare: the reader need not stay in registers.
#[inline(never)]
fn larger(bits: &mut BitReader<'_>, p: &[u8; 11]) -> i32 {
    if !bits.bit(p[6]) {
        if !bits.bit(p[7]) {
            return 5 + i32::from(bits.bit(159));
        }
        return 7 + 2 * i32::from(bits.bit(165)) + i32::from(bits.bit(145));
    }
    let high = bits.bit(p[8]);
    let low = bits.bit(p[if high { 10 } else { 9 }]);
    let (base, probabilities): (i32, &[u8]) = match (high, low) {
        (false, false) => (11, &[173, 148, 140]),
        (false, true) => (19, &[176, 155, 140, 135]),
        (true, false) => (35, &[180, 157, 141, 134, 130]),
        (true, true) => (67, &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129]),
    };
    base + probabilities.iter().fold(0, |rest, &p| rest << 1 | i32::from(bits.bit(p)))
}
