//! Converts stored samples to 16 bits.

use super::fault::rare;
use super::layout::{Compression, Layout, Photometric};
use crate::light::stored;
use obscura_sdk::Error;

/// Undoes the predictor of a chunk's rows in place.
pub(super) fn unpredict(layout: &Layout, big: bool, chunk: &mut [u8]) -> Result<(), Error> {
    if !matches!(layout.compression, Compression::Lzw | Compression::Deflate) {
        return Ok(());
    }
    let (samples, row) = (layout.planes().1, layout.row_bytes().max(1));
    let size = (layout.bits / 8) as usize;
    match (layout.predictor, layout.bits) {
        (2, 8) => chunk.chunks_exact_mut(row).for_each(|row| {
            for at in samples..row.len() {
                row[at] = row[at].wrapping_add(row[at - samples]);
            }
        }),
        (2, 16 | 32 | 64) => chunk.chunks_exact_mut(row).for_each(|row| {
            let step = samples * size;
            for at in (step..row.len()).step_by(size) {
                let (before, after) = row.split_at_mut(at);
                let left = before.get(at - step..at - step + size).unwrap_or(&[]);
                add(after.get_mut(..size).unwrap_or_default(), left, big);
            }
        }),
        (3, 16 | 32 | 64) if layout.is_float => {
            let mut plain = Vec::new();
            for row in chunk.chunks_exact_mut(row) {
                for at in samples..row.len() {
                    row[at] = row[at].wrapping_add(row[at - samples]);
                }
                // Bytes are stored in planes, the highest first.
                plain.clear();
                plain.extend_from_slice(row);
                let count = row.len() / size;
                for (n, number) in row.chunks_exact_mut(size).enumerate() {
                    for (byte, to) in number.iter_mut().enumerate() {
                        let place = if big { byte } else { size - 1 - byte };
                        *to = plain.get(place * count + n).copied().unwrap_or(0);
                    }
                }
            }
        }
        (2 | 3, _) => return Err(rare("a predictor of samples of this depth")),
        _ => {}
    }
    Ok(())
}

/// Adds a multi-byte number to another.
fn add(to: &mut [u8], other: &[u8], big: bool) {
    let mut carry = 0;
    let mut one = |to: &mut u8, other: &u8| {
        let sum = u16::from(*to) + u16::from(*other) + carry;
        (*to, carry) = (sum as u8, sum >> 8);
    };
    let pairs = to.iter_mut().zip(other);
    if big {
        pairs.rev().for_each(|(to, other)| one(to, other));
    } else {
        pairs.for_each(|(to, other)| one(to, other));
    }
}

/// The samples of a row of this plane, scaled to 16 bits. Palette indices are unchanged.
pub(super) fn widen(layout: &Layout, big: bool, plane: usize, row: &[u8], out: &mut Vec<u16>) {
    out.clear();
    let each = layout.planes().1;
    let count = layout.chunk.0 * each;
    let colours = layout.photometric.samples();
    let is_colour = |at: usize| plane + at % each < colours;
    let has_indices = layout.photometric == Photometric::Palette;
    let is_index = |at: usize| has_indices && is_colour(at);
    let whole = |bytes: &[u8]| {
        let push = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        if big { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) }
    };
    let size = (layout.bits / 8).max(1) as usize;
    if layout.is_float {
        // Linear light, as editors store such pictures; alpha is unchanged.
        out.extend(row.chunks_exact(size).take(count).enumerate().map(|(at, bytes)| {
            let value = match size {
                2 => half(whole(bytes) as u16),
                4 => f32::from_bits(whole(bytes) as u32),
                _ => f64::from_bits(whole(bytes)) as f32,
            };
            let value = if is_colour(at) { stored(value) } else { value.clamp(0.0, 1.0) };
            (value * 65535.0 + 0.5) as u16
        }));
        return;
    }
    match layout.bits {
        8 if has_indices => out.extend(row.iter().take(count).enumerate().map(|(at, &value)| {
            let scale = if is_index(at) { 1 } else { 257 };
            u16::from(value) * scale
        })),
        8 => out.extend(row.iter().take(count).map(|&value| u16::from(value) * 257)),
        16 => out.extend(row.chunks_exact(2).take(count).map(|bytes| whole(bytes) as u16)),
        24 | 32 => {
            let down = layout.bits - 16;
            out.extend(
                row.chunks_exact(size).take(count).map(|bytes| (whole(bytes) >> down) as u16),
            );
        }
        bits => {
            let most = (1_u64 << bits) - 1;
            let (mut held, mut number) = (0_u32, 0_u64);
            let mut bytes = row.iter();
            out.extend((0..count).map(|at| {
                while held < bits {
                    number = number << 8 | u64::from(bytes.next().copied().unwrap_or(0));
                    held += 8;
                }
                held -= bits;
                let value = number >> held & most;
                if is_index(at) { value as u16 } else { ((value * 65535 + most / 2) / most) as u16 }
            }));
        }
    }
}

/// A half-precision float (IEEE 754 binary16).
fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (bits >> 15, bits >> 10 & 31, f32::from(bits & 1023));
    let value = match exponent {
        0 => fraction / 16_777_216.0,
        31 => f32::INFINITY,
        _ => (1.0 + fraction / 1024.0) * f32::from(exponent).mul_add(1.0, -15.0).exp2(),
    };
    if sign == 1 { -value } else { value }
}
