//! The forward and inverse transforms of 4×4 blocks (RFC 6386, section 14).

use obscura_simd::{I32x4, U8x16, transpose4};

/// Coefficients of a block, row by row.
pub(crate) type Block = [i32; 16];

/// The coefficients of `source` - `prediction`.
#[inline(never)]
pub(crate) fn forward(source: &[u8; 16], prediction: &[u8; 16]) -> Block {
    let (source, prediction) = (U8x16::load(source), U8x16::load(prediction));
    let low = source.widen_low().sub(prediction.widen_low());
    let high = source.widen_high().sub(prediction.widen_high());
    let times = |v: I32x4, factor: i32| v.mul(I32x4::splat(factor));
    let plus = |v: I32x4, value: i32| v.add(I32x4::splat(value));

    let rows = [low.widen_low(), low.widen_high(), high.widen_low(), high.widen_high()];
    let [d0, d1, d2, d3] = transpose4(rows);
    let (a0, a1, a2, a3) = (d0.add(d3), d1.add(d2), d1.sub(d2), d0.sub(d3));
    let [m0, m1, m2, m3] = transpose4([
        times(a0.add(a1), 8),
        plus(times(a2, 2217).add(times(a3, 5352)), 1812).sra::<9>(),
        times(a0.sub(a1), 8),
        plus(times(a3, 2217).sub(times(a2, 5352)), 937).sra::<9>(),
    ]);
    let (a0, a1, a2, a3) = (m0.add(m3), m1.add(m2), m1.sub(m2), m0.sub(m3));
    let second = plus(times(a2, 2217).add(times(a3, 5352)), 12_000).sra::<16>();
    in_order([
        plus(a0.add(a1), 7).sra::<4>(),
        // One more where a3 is not 0.
        plus(second, 1).add(a3.eq(I32x4::splat(0))),
        plus(a0.sub(a1), 7).sra::<4>(),
        plus(times(a3, 2217).sub(times(a2, 5352)), 51_000).sra::<16>(),
    ])
}

/// `prediction` + the samples of `block`.
#[inline(never)]
pub(crate) fn inverse(block: &Block, prediction: &[u8; 16]) -> [u8; 16] {
    let first = |a: I32x4| a.mul(I32x4::splat(20_091)).sra::<16>().add(a);
    let second = |a: I32x4| a.mul(I32x4::splat(35_468)).sra::<16>();
    let pass = |[v0, v1, v2, v3]: [I32x4; 4]| {
        let (a, b) = (v0.add(v2), v0.sub(v2));
        let c = second(v1).sub(first(v3));
        let d = first(v1).add(second(v3));
        [a.add(d), b.add(c), b.sub(c), a.sub(d)]
    };
    let rows: &[[i32; 4]] = block.as_chunks().0;
    let [v0, v1, v2, v3] = transpose4(pass([
        I32x4::load(&rows[0]),
        I32x4::load(&rows[1]),
        I32x4::load(&rows[2]),
        I32x4::load(&rows[3]),
    ]));
    let values = pass([v0.add(I32x4::splat(4)), v1, v2, v3]).map(I32x4::sra::<3>);
    let [v0, v1, v2, v3] = transpose4(values);
    let prediction = U8x16::load(prediction);
    let low = prediction.widen_low().add(v0.narrow(v1));
    low.narrow(prediction.widen_high().add(v2.narrow(v3))).store()
}

/// Rows as a block.
#[inline(always)]
fn in_order(rows: [I32x4; 4]) -> Block {
    let mut block = [0; 16];
    for (to, row) in block.as_chunks_mut::<4>().0.iter_mut().zip(rows) {
        *to = row.store();
    }
    block
}

/// The transform of the DC coefficients of the 16 blocks.
pub(crate) fn forward_constants(constants: &Block) -> Block {
    let mut middle = [0; 16];
    for y in 0..4 {
        let c = &constants[y * 4..y * 4 + 4];
        let (a0, a1, a2, a3) = (c[0] + c[2], c[1] + c[3], c[1] - c[3], c[0] - c[2]);
        middle[y * 4..y * 4 + 4].copy_from_slice(&[a0 + a1, a3 + a2, a3 - a2, a0 - a1]);
    }
    let mut out = [0; 16];
    for x in 0..4 {
        let (a0, a1) = (middle[x] + middle[8 + x], middle[4 + x] + middle[12 + x]);
        let (a2, a3) = (middle[4 + x] - middle[12 + x], middle[x] - middle[8 + x]);
        out[x] = (a0 + a1) >> 1;
        out[4 + x] = (a3 + a2) >> 1;
        out[8 + x] = (a3 - a2) >> 1;
        out[12 + x] = (a0 - a1) >> 1;
    }
    out
}

/// Its inverse.
pub(crate) fn inverse_constants(block: &Block) -> Block {
    let mut middle = [0; 16];
    for x in 0..4 {
        let (a0, a1) = (block[x] + block[12 + x], block[4 + x] + block[8 + x]);
        let (a2, a3) = (block[4 + x] - block[8 + x], block[x] - block[12 + x]);
        (middle[x], middle[8 + x]) = (a0 + a1, a0 - a1);
        (middle[4 + x], middle[12 + x]) = (a3 + a2, a3 - a2);
    }
    let mut out = [0; 16];
    for y in 0..4 {
        let row = &middle[y * 4..y * 4 + 4];
        let dc = row[0] + 3;
        let (a0, a1, a2, a3) = (dc + row[3], row[1] + row[2], row[1] - row[2], dc - row[3]);
        let values = [(a0 + a1) >> 3, (a3 + a2) >> 3, (a0 - a1) >> 3, (a3 - a2) >> 3];
        out[y * 4..y * 4 + 4].copy_from_slice(&values);
    }
    out
}
