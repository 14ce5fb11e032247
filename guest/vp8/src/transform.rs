//! The transforms of 4×4 blocks, forth and back (RFC 6386, section 14).

/// Coefficients of a block, row by row.
pub(crate) type Block = [i32; 16];

/// The coefficients of `source` - `prediction`.
pub(crate) fn forward(source: &[u8; 16], prediction: &[u8; 16]) -> Block {
    let mut middle = [0; 16];
    let rows = source.as_chunks::<4>().0.iter().zip(prediction.as_chunks::<4>().0);
    for (out, (source, prediction)) in middle.as_chunks_mut::<4>().0.iter_mut().zip(rows) {
        let d: [i32; 4] = std::array::from_fn(|x| i32::from(source[x]) - i32::from(prediction[x]));
        let (a0, a1, a2, a3) = (d[0] + d[3], d[1] + d[2], d[1] - d[2], d[0] - d[3]);
        *out = [
            (a0 + a1) * 8,
            (a2 * 2217 + a3 * 5352 + 1812) >> 9,
            (a0 - a1) * 8,
            (a3 * 2217 - a2 * 5352 + 937) >> 9,
        ];
    }
    let mut out = [0; 16];
    for x in 0..4 {
        let (a0, a1) = (middle[x] + middle[12 + x], middle[4 + x] + middle[8 + x]);
        let (a2, a3) = (middle[4 + x] - middle[8 + x], middle[x] - middle[12 + x]);
        out[x] = (a0 + a1 + 7) >> 4;
        out[4 + x] = ((a2 * 2217 + a3 * 5352 + 12_000) >> 16) + i32::from(a3 != 0);
        out[8 + x] = (a0 - a1 + 7) >> 4;
        out[12 + x] = (a3 * 2217 - a2 * 5352 + 51_000) >> 16;
    }
    out
}

/// `prediction` + the samples of `block`.
pub(crate) fn inverse(block: &Block, prediction: &[u8; 16]) -> [u8; 16] {
    let first = |a: i32| ((a * 20_091) >> 16) + a;
    let second = |a: i32| (a * 35_468) >> 16;
    let mut middle = [0; 16];
    for x in 0..4 {
        let (a, b) = (block[x] + block[8 + x], block[x] - block[8 + x]);
        let c = second(block[4 + x]) - first(block[12 + x]);
        let d = first(block[4 + x]) + second(block[12 + x]);
        (middle[x], middle[4 + x], middle[8 + x], middle[12 + x]) = (a + d, b + c, b - c, a - d);
    }
    let mut out = [0; 16];
    for y in 0..4 {
        let row = &middle[y * 4..y * 4 + 4];
        let dc = row[0] + 4;
        let (a, b) = (dc + row[2], dc - row[2]);
        let c = second(row[1]) - first(row[3]);
        let d = first(row[1]) + second(row[3]);
        for (x, value) in [a + d, b + c, b - c, a - d].into_iter().enumerate() {
            let at = y * 4 + x;
            out[at] = (i32::from(prediction[at]) + (value >> 3)).clamp(0, 255) as u8;
        }
    }
    out
}

/// The transform of the 16 blocks' constants.
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

/// And back.
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
