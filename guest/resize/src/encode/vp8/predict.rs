//! Prediction from the samples above and to the left (RFC 6386, section 12).

/// Modes of a whole block; [`DC`], [`VERTICAL`] and so on.
pub(super) const DC: usize = 0;
pub(super) const VERTICAL: usize = 1;
pub(super) const HORIZONTAL: usize = 2;
pub(super) const TRUE_MOTION: usize = 3;

/// The mode of a sub-block that stands for a whole block's in its neighbours'
/// contexts.
pub(super) const AS_SUB_MODE: [usize; 4] = [0, 2, 3, 1];

/// A plane as a decoder will have it, with a border above and to the left.
pub(super) struct Plane {
    stride: usize,
    samples: Vec<u8>,
}

impl Plane {
    /// Of whole blocks.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let stride = width + 1;
        let mut samples = vec![129; stride * (height + 1)];
        samples[..stride].fill(127);
        Self { stride, samples }
    }

    /// The row above `y`, from the sample left of `x` on.
    fn above(&self, x: usize, y: usize) -> &[u8] {
        &self.samples[y * self.stride + x..]
    }

    /// The sample left of `x`, `y`.
    fn left(&self, x: usize, y: usize) -> u8 {
        self.samples[(y + 1) * self.stride + x]
    }

    pub(super) fn set<const N: usize>(&mut self, x: usize, y: usize, block: &[u8], rows: usize) {
        for row in 0..rows {
            let at = (y + row + 1) * self.stride + x + 1;
            self.samples[at..at + N].copy_from_slice(&block[row * N..row * N + N]);
        }
    }

    /// The four samples above and to the right of a block of 16 columns.
    pub(super) fn above_right(&self, x: usize, y: usize) -> [u8; 4] {
        let above = &self.above(x, y)[1..self.stride - x];
        std::array::from_fn(|i| if y == 0 { 127 } else { above[(16 + i).min(above.len() - 1)] })
    }

    /// The samples above (8 of them) and left of a sub-block, as one line: from
    /// the bottom left around the corner to the top right. `right` are the last
    /// four if they are not where they should be.
    pub(super) fn edge(&self, x: usize, y: usize, right: Option<[u8; 4]>) -> [u8; 13] {
        let mut edge = [0; 13];
        for row in 0..4 {
            edge[3 - row] = self.left(x, y + row);
        }
        edge[4..9].copy_from_slice(&self.above(x, y)[..5]);
        match right {
            Some(right) => edge[9..].copy_from_slice(&right),
            None => edge[9..].copy_from_slice(&self.above(x, y)[5..9]),
        }
        edge
    }

    /// A whole block of `N` × `N`.
    pub(super) fn predict<const N: usize>(&self, x: usize, y: usize, mode: usize, out: &mut [u8]) {
        let above = &self.above(x, y)[..N + 1];
        let left: [u8; N] = std::array::from_fn(|row| self.left(x, y + row));
        let rows = out.as_chunks_mut::<N>().0;
        match mode {
            DC => {
                let sum = |samples: &[u8]| samples.iter().map(|&v| u32::from(v)).sum::<u32>();
                let n = N as u32;
                let mean = match (x > 0, y > 0) {
                    (true, true) => (sum(&above[1..]) + sum(&left) + n) / (2 * n),
                    (false, true) => (sum(&above[1..]) + n / 2) / n,
                    (true, false) => (sum(&left) + n / 2) / n,
                    (false, false) => 128,
                };
                rows.iter_mut().for_each(|row| row.fill(mean as u8));
            }
            VERTICAL => rows.iter_mut().for_each(|row| row.copy_from_slice(&above[1..])),
            HORIZONTAL => rows.iter_mut().zip(left).for_each(|(row, left)| row.fill(left)),
            _ => {
                for (row, left) in rows.iter_mut().zip(left) {
                    let base = i16::from(left) - i16::from(above[0]);
                    for (out, &above) in row.iter_mut().zip(&above[1..]) {
                        *out = (base + i16::from(above)).clamp(0, 255) as u8;
                    }
                }
            }
        }
    }
}

/// All ten modes of a sub-block, in their order.
pub(super) fn sub_modes(edge: &[u8; 13]) -> [[u8; 16]; 10] {
    let e: [u16; 13] = edge.map(u16::from);
    // Smoothed by three and by two, around index i of the edge.
    let three = |i: usize| ((e[i - 1] + 2 * e[i] + e[i + 1] + 2) >> 2) as u8;
    let two = |i: usize| ((e[i] + e[i + 1] + 1) >> 1) as u8;
    let (corner, above) = (4, 5);
    let left = |row: usize| 3 - row;

    let mean = (e[0..4].iter().sum::<u16>() + e[5..9].iter().sum::<u16>() + 4) >> 3;
    let dc = [mean as u8; 16];
    let motion = std::array::from_fn(|i| {
        let sum = e[left(i / 4)] + e[above + i % 4];
        sum.saturating_sub(e[corner]).min(255) as u8
    });
    let vertical = std::array::from_fn(|i| three(above + i % 4));
    let horizontal = std::array::from_fn(|i| match i / 4 {
        3 => ((e[1] + 3 * e[0] + 2) >> 2) as u8,
        row => three(left(row)),
    });
    let last = ((e[11] + 3 * e[12] + 2) >> 2) as u8;
    let left_down = std::array::from_fn(|i| match i / 4 + i % 4 {
        6 => last,
        n => three(above + 1 + n),
    });
    let right_down = std::array::from_fn(|i| three(corner + i % 4 - i / 4));
    let vertical_right = std::array::from_fn(|i| match (i % 4, i / 4) {
        (x, 0) => two(corner + x),
        (x, 1) => three(corner + x),
        (0, y) => three(corner + 1 - y),
        (x, 2) => two(corner + x - 1),
        (x, _) => three(corner + x - 1),
    });
    let vertical_left = [
        two(5),
        two(6),
        two(7),
        two(8),
        three(6),
        three(7),
        three(8),
        three(9),
        two(6),
        two(7),
        two(8),
        three(10),
        three(7),
        three(8),
        three(9),
        three(11),
    ];
    let horizontal_down = [
        two(3),
        three(4),
        three(5),
        three(6),
        two(2),
        three(3),
        two(3),
        three(4),
        two(1),
        three(2),
        two(2),
        three(3),
        two(0),
        three(1),
        two(1),
        three(2),
    ];
    let low = edge[0];
    let up = ((e[1] + 3 * e[0] + 2) >> 2) as u8;
    let horizontal_up = [
        two(2),
        three(2),
        two(1),
        three(1),
        two(1),
        three(1),
        two(0),
        up,
        two(0),
        up,
        low,
        low,
        low,
        low,
        low,
        low,
    ];
    [
        dc,
        motion,
        vertical,
        horizontal,
        left_down,
        right_down,
        vertical_right,
        vertical_left,
        horizontal_down,
        horizontal_up,
    ]
}
