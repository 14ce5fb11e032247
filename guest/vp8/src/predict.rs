//! Prediction from the samples above and to the left (RFC 6386, section 12).

use obscura_simd::{I16x8, U8x16};

/// Modes of a whole block; [`DC`], [`VERTICAL`] and so on.
pub(crate) const DC: usize = 0;
pub(crate) const VERTICAL: usize = 1;
pub(crate) const HORIZONTAL: usize = 2;
pub(crate) const TRUE_MOTION: usize = 3;

/// The sub-block mode that represents a whole block's mode in its neighbours' contexts.
pub(crate) const AS_SUB_MODE: [usize; 4] = [0, 2, 3, 1];

/// A plane as the decoder reconstructs it, with a border above and to the left.
pub(crate) struct Plane {
    stride: usize,
    samples: Vec<u8>,
}

impl Plane {
    /// A plane of whole blocks.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let stride = width + 1;
        let mut samples = vec![129; stride * (height + 1)];
        samples[..stride].fill(127);
        Self { stride, samples }
    }

    /// The row above `y`, starting with the sample left of `x`.
    fn above(&self, x: usize, y: usize) -> &[u8] {
        &self.samples[y * self.stride + x..]
    }

    /// The sample left of `x`, `y`.
    fn left(&self, x: usize, y: usize) -> u8 {
        self.samples[(y + 1) * self.stride + x]
    }

    pub(crate) fn set<const N: usize>(&mut self, x: usize, y: usize, block: &[u8], rows: usize) {
        for row in 0..rows {
            let at = (y + row + 1) * self.stride + x + 1;
            self.samples[at..at + N].copy_from_slice(&block[row * N..row * N + N]);
        }
    }

    /// The four samples above and to the right of a block of 16 columns.
    pub(crate) fn above_right(&self, x: usize, y: usize) -> [u8; 4] {
        let above = &self.above(x, y)[1..self.stride - x];
        std::array::from_fn(|i| if y == 0 { 127 } else { above[(16 + i).min(above.len() - 1)] })
    }

    /// The samples above (8 of them) and left of a sub-block, as one line: from the bottom left
    /// around the corner to the top right. `right` replaces the last four if they are stored
    /// elsewhere.
    pub(crate) fn edge(&self, x: usize, y: usize, right: Option<[u8; 4]>) -> [u8; 13] {
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
    pub(crate) fn predict<const N: usize>(&self, x: usize, y: usize, mode: usize, out: &mut [u8]) {
        let above = self.above(x, y);
        let around = Around {
            corner: above[0],
            above: std::array::from_fn(|column| above[1 + column]),
            left: std::array::from_fn(|row| self.left(x, y + row)),
            has_left: x > 0,
            has_above: y > 0,
        };
        for (out, row) in out.as_chunks_mut::<N>().0.iter_mut().zip(whole::<N>(mode, &around)) {
            *out = row;
        }
    }
}

/// The samples around a block.
pub(crate) struct Around<const N: usize> {
    pub(crate) corner: u8,
    pub(crate) above: [u8; N],
    pub(crate) left: [u8; N],
    /// Whether the blocks to the left and above are in the picture.
    pub(crate) has_left: bool,
    pub(crate) has_above: bool,
}

/// A mode of a whole block.
#[inline(always)]
pub(crate) fn whole<const N: usize>(mode: usize, around: &Around<N>) -> [[u8; N]; N] {
    let Around { corner, above, left, has_left, has_above } = around;
    match mode {
        DC => {
            let sum = |samples: &[u8]| samples.iter().map(|&v| u32::from(v)).sum::<u32>();
            let n = N as u32;
            let mean = match (has_left, has_above) {
                (true, true) => (sum(above) + sum(left) + n) / (2 * n),
                (false, true) => (sum(above) + n / 2) / n,
                (true, false) => (sum(left) + n / 2) / n,
                (false, false) => 128,
            };
            [[mean as u8; N]; N]
        }
        VERTICAL => [*above; N],
        HORIZONTAL => left.map(|left| [left; N]),
        _ => left.map(|left| {
            let base = i16::from(left) - i16::from(*corner);
            above.map(|above| (base + i16::from(above)).clamp(0, 255) as u8)
        }),
    }
}

/// The samples around a sub-block (see [`Plane::edge`]), as they are and smoothed.
struct Edge {
    /// The edge from lane 1 on.
    samples: U8x16,
    /// Smoothed with three taps: lane i is around index i of the edge.
    three: U8x16,
    /// With two taps: lane i + 1 has indices i and i + 1 of the edge. Lane 0 is the edge's first
    /// sample.
    two: U8x16,
}

impl Edge {
    #[inline(always)]
    fn new(edge: &[u8; 13]) -> Self {
        // Its ends are repeated.
        let mut line = [edge[12]; 18];
        line[0] = edge[0];
        line[1..14].copy_from_slice(edge);
        let [a @ .., _, _] = &line;
        let [_, b @ .., _] = &line;
        let [_, _, c @ ..] = &line;
        let (a, b, c) = (U8x16::load(a), U8x16::load(b), U8x16::load(c));
        // The mean of a and c, rounded down.
        let outer = a.average(c).sub_saturating(a.xor(c).and(U8x16::splat(1)));
        Self { samples: a, three: outer.average(b), two: a.average(b) }
    }

    /// True motion: left plus above, minus the corner.
    #[inline(always)]
    fn true_motion(&self, corner: u8) -> U8x16 {
        const LEFT: [u8; 16] = [4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1];
        const ABOVE: [u8; 16] = [6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9];
        let left = self.samples.look_up(U8x16::load(&LEFT));
        let above = self.samples.look_up(U8x16::load(&ABOVE));
        let corner = I16x8::splat(i16::from(corner));
        let low = left.widen_low().add(above.widen_low()).sub(corner);
        low.narrow(left.widen_high().add(above.widen_high()).sub(corner))
    }

    /// A mode that only uses smoothed samples, 2 to 9.
    #[inline(always)]
    fn smooth(&self, mode: usize) -> U8x16 {
        let places = U8x16::load(&PLACES[(mode - 2) & 7]);
        let beyond = places.add(U8x16::splat(0u8.wrapping_sub(TWO)));
        self.three.look_up(places).or(self.two.look_up(beyond))
    }
}

/// The offset of samples that are smoothed with two taps.
const TWO: u8 = 16;

/// For each mode from 2 on, the indices of its samples in [`Edge::three`] or, from [`TWO`] on, in
/// [`Edge::two`].
static PLACES: [[u8; 16]; 8] = {
    let mut places = [[0; 16]; 8];
    let mut i = 0;
    while i < 128 {
        places[i / 16][i % 16] = place(2 + i / 16, i % 4, i / 4 % 4);
        i += 1;
    }
    places
};

/// The index of the sample in column `x` of row `y`.
const fn place(mode: usize, x: usize, y: usize) -> u8 {
    const CORNER: usize = 4;
    const ABOVE: usize = 5;
    const fn three(i: usize) -> u8 {
        i as u8
    }
    const fn two(i: usize) -> u8 {
        TWO + 1 + i as u8
    }
    match (mode, x, y) {
        (2, ..) => three(ABOVE + x),
        (3, ..) => three(3 - y),
        // Left-down, right-down.
        (4, ..) => three(ABOVE + 1 + x + y),
        (5, ..) => three(CORNER + x - y),
        // Vertical-right.
        (6, _, 0) => two(CORNER + x),
        (6, _, 1) => three(CORNER + x),
        (6, 0, _) => three(CORNER + 1 - y),
        (6, _, 2) => two(CORNER + x - 1),
        (6, ..) => three(CORNER + x - 1),
        // Vertical-left: in pairs of columns, except for the last two samples.
        (7, 3, 2) => three(10),
        (7, 3, 3) => three(11),
        (7, _, 0 | 2) => two(ABOVE + x + y / 2),
        (7, ..) => three(ABOVE + 1 + x + y / 2),
        // Horizontal-down.
        (8, ..) if x / 2 > y => three(x + 3),
        (8, 0 | 2, _) => two(3 + x / 2 - y),
        (8, ..) => three(4 + x / 2 - y),
        // Horizontal-up, ending with the edge's first sample.
        _ if 2 * y + x > 5 => TWO,
        (_, 0 | 2, _) => two(2 - y - x / 2),
        _ => three(2 - y - x / 2),
    }
}

/// The mean of the samples above and to the left.
#[inline(always)]
fn mean(edge: &[u8; 13]) -> u8 {
    let sum = |samples: &[u8]| samples.iter().map(|&v| u16::from(v)).sum::<u16>();
    ((sum(&edge[0..4]) + sum(&edge[5..9]) + 4) >> 3) as u8
}

/// A mode of a sub-block, from the samples around it (see [`Plane::edge`]).
#[inline(always)]
pub(crate) fn sub_mode(mode: usize, edge: &[u8; 13]) -> [u8; 16] {
    match mode {
        0 => [mean(edge); 16],
        1 => Edge::new(edge).true_motion(edge[4]).store(),
        _ => Edge::new(edge).smooth(mode).store(),
    }
}

/// All ten modes of a sub-block, in their order.
#[inline(never)]
pub(crate) fn sub_modes(edge: &[u8; 13]) -> [[u8; 16]; 10] {
    let smoothed = Edge::new(edge);
    let mode = |mode: usize| smoothed.smooth(mode).store();
    let true_motion = smoothed.true_motion(edge[4]).store();
    [
        [mean(edge); 16],
        true_motion,
        mode(2),
        mode(3),
        mode(4),
        mode(5),
        mode(6),
        mode(7),
        mode(8),
        mode(9),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modes as the format defines them, sample by sample.
    fn defined(mode: usize, edge: &[u8; 13]) -> [u8; 16] {
        let e: [u16; 13] = edge.map(u16::from);
        // Smoothed with three and with two taps, around index i of the edge.
        let three = |i: usize| ((e[i - 1] + 2 * e[i] + e[i + 1] + 2) >> 2) as u8;
        let two = |i: usize| ((e[i] + e[i + 1] + 1) >> 1) as u8;
        let (corner, above) = (4, 5);
        let left = |row: usize| 3 - row;
        match mode {
            0 => {
                let mean = (e[0..4].iter().sum::<u16>() + e[5..9].iter().sum::<u16>() + 4) >> 3;
                [mean as u8; 16]
            }
            1 => std::array::from_fn(|i| {
                let sum = e[left(i / 4)] + e[above + i % 4];
                sum.saturating_sub(e[corner]).min(255) as u8
            }),
            2 => std::array::from_fn(|i| three(above + i % 4)),
            3 => std::array::from_fn(|i| match i / 4 {
                3 => ((e[1] + 3 * e[0] + 2) >> 2) as u8,
                row => three(left(row)),
            }),
            // Left-down.
            4 => std::array::from_fn(|i| match i / 4 + i % 4 {
                6 => ((e[11] + 3 * e[12] + 2) >> 2) as u8,
                n => three(above + 1 + n),
            }),
            // Right-down.
            5 => std::array::from_fn(|i| three(corner + i % 4 - i / 4)),
            // Vertical-right.
            6 => std::array::from_fn(|i| match (i % 4, i / 4) {
                (x, 0) => two(corner + x),
                (x, 1) => three(corner + x),
                (0, y) => three(corner + 1 - y),
                (x, 2) => two(corner + x - 1),
                (x, _) => three(corner + x - 1),
            }),
            // Vertical-left: in pairs of columns, except for the last two samples.
            7 => std::array::from_fn(|i| match (i % 4, i / 4) {
                (3, 2) => three(10),
                (3, 3) => three(11),
                (x, y) if y % 2 == 0 => two(above + x + y / 2),
                (x, y) => three(above + 1 + x + y / 2),
            }),
            // Horizontal-down.
            8 => std::array::from_fn(|i| match (i % 4, i / 4) {
                (x, y) if x / 2 > y => three(x + 3),
                (x, y) if x % 2 == 0 => two(3 + x / 2 - y),
                (x, y) => three(4 + x / 2 - y),
            }),
            // Horizontal-up.
            _ => {
                let low = edge[0];
                let up = ((e[1] + 3 * e[0] + 2) >> 2) as u8;
                let (a, b, c, d, f) = (two(2), three(2), two(1), three(1), two(0));
                [a, b, c, d, c, d, f, up, f, up, low, low, low, low, low, low]
            }
        }
    }

    #[test]
    fn modes_of_sub_blocks_are_those_of_the_definition() {
        let mut x = 1u32;
        for round in 0..500 {
            let edge: [u8; 13] = std::array::from_fn(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if round % 2 == 0 { (x >> 24) as u8 } else { ((x >> 31) * 255) as u8 }
            });
            let all = sub_modes(&edge);
            for (mode, samples) in all.iter().enumerate() {
                assert_eq!(*samples, defined(mode, &edge), "mode {mode} of {edge:?}");
                assert_eq!(*samples, sub_mode(mode, &edge));
            }
        }
    }
}
