//! The loop filter (RFC 6386, section 15): smooths the edges between blocks, 16 samples at a time.

use obscura_simd::{U8x16, rotate_bytes};

/// The strengths of a block's edges.
#[derive(Clone, Copy)]
pub(super) struct Strength {
    /// The largest step that is smoothed across the block's edges, and across those of its
    /// sub-blocks.
    outer: u8,
    inner: u8,
    /// The largest step between neighbouring samples on one side of an edge.
    interior: u8,
    /// The step next to an edge above which the filter changes fewer samples.
    variance: u8,
}

impl Strength {
    /// For a level from 1 to 63.
    pub(super) fn new(level: u8, sharpness: u8) -> Self {
        let mut interior = level;
        if sharpness > 0 {
            interior >>= if sharpness > 4 { 2 } else { 1 };
            interior = interior.min(9 - sharpness.min(8));
        }
        let interior = interior.max(1);
        let variance = match level {
            40.. => 2,
            15.. => 1,
            _ => 0,
        };
        Self { outer: (level + 2) * 2 + interior, inner: level * 2 + interior, interior, variance }
    }
}

/// The kind of edge, which selects the filter.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Edge {
    /// Between blocks: up to three samples change on either side.
    Outer,
    /// Between sub-blocks: up to two.
    Inner,
    /// The simple filter, between blocks and between sub-blocks: one.
    SimpleOuter,
    SimpleInner,
}

/// The four samples on either side of an edge, the nearest ones in the middle, at 16 positions
/// along it.
pub(super) type Across = [U8x16; 8];

fn difference(a: U8x16, b: U8x16) -> U8x16 {
    a.sub_saturating(b).or(b.sub_saturating(a))
}

/// All ones where `a` is at most `limit`.
fn at_most(a: U8x16, limit: u8) -> U8x16 {
    a.sub_saturating(U8x16::splat(limit)).eq(U8x16::splat(0))
}

/// An arithmetic right shift of signed bytes.
#[inline(always)]
fn shift<const N: u32>(v: U8x16) -> U8x16 {
    v.widen_low_signed().sra::<N>().narrow_signed(v.widen_high_signed().sra::<N>())
}

/// Smooths an edge. Returns `None` if nothing changes.
#[inline(always)]
pub(super) fn smooth(v: Across, edge: Edge, strength: Strength) -> Option<Across> {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = v;
    let limit = match edge {
        Edge::Outer | Edge::SimpleOuter => strength.outer,
        Edge::Inner | Edge::SimpleInner => strength.inner,
    };
    // |p0 - q0| × 2 + |p1 - q1| / 2 ≤ limit. Without a byte shift, mask the bits from above.
    let near = difference(p0, q0);
    let far = difference(p1, q1).and(U8x16::splat(0xfe));
    let half = U8x16::load(&far.store().map(|v| v >> 1));
    let mut mask = at_most(near.add_saturating(near).add_saturating(half), limit);
    let simple = matches!(edge, Edge::SimpleOuter | Edge::SimpleInner);
    let steps = difference(p1, p0).max(difference(q1, q0));
    if !simple {
        let most = difference(p3, p2).max(difference(p2, p1)).max(difference(q2, q1));
        let most = most.max(difference(q3, q2)).max(steps);
        mask = mask.and(at_most(most, strength.interior));
    }
    if !mask.any() {
        return None;
    }
    let sign = U8x16::splat(0x80);
    let [s2, s1, s0, r0, r1, r2] = [p2, p1, p0, q0, q1, q2].map(|v| v.xor(sign));
    let step = r0.sub_signed(s0);
    let three = |v: U8x16| v.add_signed(step).add_signed(step).add_signed(step);
    // The common filter: half of `a` to either side.
    let halves = |a: U8x16| {
        let (four, three) = (U8x16::splat(4), U8x16::splat(3));
        (shift::<3>(a.add_signed(four)), shift::<3>(a.add_signed(three)))
    };
    let outside = s1.sub_signed(r1);
    let [mut n2, mut n1, mut m1, mut m2] = [s2, s1, r1, r2];
    let (n0, m0);
    if simple {
        let (f, g) = halves(three(outside).and(mask));
        (n0, m0) = (s0.add_signed(g), r0.sub_signed(f));
    } else {
        let flat = at_most(steps, strength.variance);
        if edge == Edge::Inner {
            let (f, g) = halves(three(outside.and_not(flat)).and(mask));
            (n0, m0) = (s0.add_signed(g), r0.sub_signed(f));
            let a = shift::<1>(f.add_signed(U8x16::splat(1))).and(flat);
            (n1, m1) = (s1.add_signed(a), r1.sub_signed(a));
        } else {
            let w = three(outside).and(mask);
            let (f, g) = halves(w.and_not(flat));
            let w = w.and(flat);
            let [a, b, c] = [27, 18, 9].map(|weight| seventh(w, weight));
            (n0, m0) = (s0.add_signed(g).add_signed(a), r0.sub_signed(f).sub_signed(a));
            (n1, m1) = (s1.add_signed(b), r1.sub_signed(b));
            (n2, m2) = (s2.add_signed(c), r2.sub_signed(c));
        }
    }
    let [p2, p1, p0, q0, q1, q2] = [n2, n1, n0, m0, m1, m2].map(|v| v.xor(sign));
    Some([p3, p2, p1, p0, q0, q1, q2, q3])
}

/// (w × weight + 63) / 128, rounded down.
#[inline(always)]
fn seventh(w: U8x16, weight: i16) -> U8x16 {
    use obscura_simd::I16x8;
    let of = |v: I16x8| v.mul(I16x8::splat(weight)).add(I16x8::splat(63)).sra::<7>();
    of(w.widen_low_signed()).narrow_signed(of(w.widen_high_signed()))
}

/// Transposes sixteen rows of eight samples.
#[inline(always)]
pub(super) fn columns(rows: [[u8; 8]; 16]) -> Across {
    let pairs = std::array::from_fn(|i| U8x16::load_halves(&rows[2 * i], &rows[2 * i + 1]));
    rotate_bytes(rotate_bytes(rotate_bytes(rotate_bytes(pairs))))
}

/// The inverse.
#[inline(always)]
pub(super) fn rows(columns: Across) -> [[u8; 8]; 16] {
    let pairs = rotate_bytes(rotate_bytes(rotate_bytes(columns)));
    let mut out = [[0; 8]; 16];
    for (pair, rows) in pairs.into_iter().zip(out.as_chunks_mut::<2>().0) {
        let bytes = pair.store();
        let halves = bytes.as_chunks::<8>().0;
        *rows = [halves[0], halves[1]];
    }
    out
}
