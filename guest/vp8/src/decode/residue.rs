//! Adds the residue to the prediction (RFC 6386, section 14).

use obscura_simd::{I16x8, I32x4, U8x16, transpose4};

/// A block's coefficients, by row.
pub(super) type Coefficients = [i16; 16];

/// A coefficient as in libwebp: it wraps to 16 bits.
#[inline(always)]
pub(super) fn narrow(coefficient: i32) -> i16 {
    #[cfg(feature = "fuzzing")]
    crate::fuzzing::note(coefficient);
    coefficient as i16
}

/// Four rows of four samples, `stride` apart.
#[inline(always)]
fn load(samples: &[u8], stride: usize) -> [u8; 16] {
    let mut out = [0; 16];
    for (y, row) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        if let Some(&from) = samples.get(y * stride..).and_then(|s| s.first_chunk()) {
            *row = from;
        }
    }
    out
}

#[inline(always)]
fn store(samples: &mut [u8], stride: usize, block: [u8; 16]) {
    for (y, row) in block.as_chunks::<4>().0.iter().enumerate() {
        if let Some(to) = samples.get_mut(y * stride..).and_then(|s| s.first_chunk_mut()) {
            *to = *row;
        }
    }
}

/// Adds a block with only a DC coefficient.
#[inline(always)]
pub(super) fn add_constant(constant: i16, samples: &mut [u8], stride: usize) {
    let step = (i32::from(constant) + 4) >> 3;
    let size = U8x16::splat(step.unsigned_abs().min(255) as u8);
    let before = U8x16::load(&load(samples, stride));
    let after = if step > 0 { before.add_saturating(size) } else { before.sub_saturating(size) };
    store(samples, stride, after.store());
}

/// Adds a block.
#[inline(always)]
pub(super) fn add(block: &Coefficients, samples: &mut [u8], stride: usize) {
    let [upper, lower] = *block.as_chunks::<8>().0 else { return };
    let (upper, lower) = (I16x8::load(&upper), I16x8::load(&lower));
    let rows = [upper.widen_low(), upper.widen_high(), lower.widen_low(), lower.widen_high()];
    let mut columns = transpose4(pass(rows));
    columns[0] = columns[0].add(I32x4::splat(4));
    let rows = transpose4(pass(columns)).map(I32x4::sra::<3>);
    let before = U8x16::load(&load(samples, stride));
    let upper = rows[0].narrow(rows[1]).add(before.widen_low());
    let lower = rows[2].narrow(rows[3]).add(before.widen_high());
    store(samples, stride, upper.narrow_u8(lower));
}

/// One direction of the transform, four lines at a time.
#[inline(always)]
fn pass(v: [I32x4; 4]) -> [I32x4; 4] {
    // √2 cos(π / 8) and √2 sin(π / 8), in 65536ths.
    let cosine = |v: I32x4| v.mul(I32x4::splat(20_091)).sra::<16>().add(v);
    let sine = |v: I32x4| v.mul(I32x4::splat(35_468)).sra::<16>();
    let (a, b) = (v[0].add(v[2]), v[0].sub(v[2]));
    let c = sine(v[1]).sub(cosine(v[3]));
    let d = cosine(v[1]).add(sine(v[3]));
    [a.add(d), b.add(c), b.sub(c), a.sub(d)]
}
