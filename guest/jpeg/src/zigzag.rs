//! The order of coefficients in a file (ITU-T T.81, figure A.6).

/// The index in a block of each coefficient of the file's order, row by row: `8 * v + u`.
#[rustfmt::skip]
pub(crate) const NATURAL: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The same, transposed (`8 * u + v`), as in the decoder's blocks, which saves the inverse
/// transform one of two transpositions. Positions past the end, which only occur in corrupt files,
/// map to the last coefficient, so that no index needs a check.
pub(crate) const TRANSPOSED: [u8; 128] = {
    let mut t = [63; 128];
    let mut k = 0;
    while k < 64 {
        t[k] = (NATURAL[k] & 7) * 8 + (NATURAL[k] >> 3);
        k += 1;
    }
    t
};

/// The last coefficient, in the file's order, that an `n`-point inverse transform needs.
pub(crate) const fn last_needed(n: usize) -> usize {
    let (mut k, mut last) = (0, 0);
    while k < 64 {
        if ((NATURAL[k] & 7) as usize) < n && ((NATURAL[k] >> 3) as usize) < n {
            last = k;
        }
        k += 1;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_transforms_need_only_the_low_frequencies() {
        assert_eq!([1, 2, 3, 4, 8].map(last_needed), [0, 4, 12, 24, 63]);
    }
}
