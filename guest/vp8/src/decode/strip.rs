//! The samples of a row of blocks, and their loop filtering.

use super::filter::{Edge, Strength, columns, rows, smooth};
use super::rows::{Rows, Strip};
use obscura_simd::U8x16;

/// Rows of the blocks above that are not finished yet: the filter changes three of them.
const LUMA_LAG: usize = 8;
const CHROMA_LAG: usize = 4;

/// The unfinished rows, and below them those of the row of blocks.
struct Plane {
    samples: Vec<u8>,
    stride: usize,
}

pub(super) struct Canvas {
    luma: Plane,
    chroma: [Plane; 2],
}

impl Plane {
    fn new(stride: usize, rows: usize) -> Self {
        Self { samples: vec![0; stride * rows], stride }
    }

    #[inline(always)]
    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        self.samples.get(at..).and_then(|s| s.first_chunk()).copied().unwrap_or([0; N])
    }

    #[inline(always)]
    fn set<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        if let Some(to) = self.samples.get_mut(at..).and_then(|s| s.first_chunk_mut()) {
            *to = value;
        }
    }
}

impl Canvas {
    pub(super) fn new(across: usize) -> Self {
        let chroma = || Plane::new(across * 8, CHROMA_LAG + 8);
        Self { luma: Plane::new(across * 16, LUMA_LAG + 16), chroma: [chroma(), chroma()] }
    }

    /// Makes room for the next row of blocks.
    pub(super) fn advance(&mut self) {
        let luma = &mut self.luma;
        luma.samples.copy_within(16 * luma.stride.., 0);
        for plane in &mut self.chroma {
            plane.samples.copy_within(8 * plane.stride.., 0);
        }
    }

    pub(super) fn put_luma(&mut self, x: usize, block: &[[u8; 16]; 16]) {
        let stride = self.luma.stride;
        for (row, samples) in block.iter().enumerate() {
            self.luma.set((LUMA_LAG + row) * stride + x * 16, *samples);
        }
    }

    pub(super) fn put_chroma(&mut self, x: usize, blocks: &[[[u8; 8]; 8]; 2]) {
        for (plane, block) in self.chroma.iter_mut().zip(blocks) {
            let stride = plane.stride;
            for (row, samples) in block.iter().enumerate() {
                plane.set((CHROMA_LAG + row) * stride + x * 8, *samples);
            }
        }
    }

    /// The rows that are finished after row `y` of blocks.
    pub(super) fn strip(&self, y: usize, last: bool, width: usize, height: usize) -> Strip<'_> {
        let below = (width.div_ceil(2), height.div_ceil(2));
        let [u, v] = &self.chroma;
        let chroma = |plane| finished(plane, CHROMA_LAG, 8, y, last, below);
        Strip {
            planes: [
                finished(&self.luma, LUMA_LAG, 16, y, last, (width, height)),
                chroma(u),
                chroma(v),
            ],
        }
    }

    /// Filters the row of blocks.
    pub(super) fn filter(
        &mut self,
        filters: &[Option<(Strength, bool)>],
        simple: bool,
        has_above: bool,
    ) {
        let (outer, inner) = if simple {
            (Edge::SimpleOuter, Edge::SimpleInner)
        } else {
            (Edge::Outer, Edge::Inner)
        };
        for (x, &filter) in filters.iter().enumerate() {
            let Some((strength, parts)) = filter else { continue };
            let (luma, chroma) = (x * 16, x * 8);
            if x > 0 {
                self.luma_column(luma, outer, strength);
                if !simple {
                    self.chroma_column(chroma, outer, strength);
                }
            }
            if parts {
                for column in [4, 8, 12] {
                    self.luma_column(luma + column, inner, strength);
                }
                if !simple {
                    self.chroma_column(chroma + 4, inner, strength);
                }
            }
            if has_above {
                self.luma_row(luma, 0, outer, strength);
                if !simple {
                    self.chroma_row(chroma, 0, outer, strength);
                }
            }
            if parts {
                for row in [4, 8, 12] {
                    self.luma_row(luma, row, inner, strength);
                }
                if !simple {
                    self.chroma_row(chroma, 4, inner, strength);
                }
            }
        }
    }

    /// The vertical edge left of column `x`.
    #[inline(never)]
    fn luma_column(&mut self, x: usize, edge: Edge, strength: Strength) {
        let plane = &mut self.luma;
        let at = |row: usize| (LUMA_LAG + row) * plane.stride + x - 4;
        let before = std::array::from_fn(|row| plane.get(at(row)));
        if let Some(after) = smooth(columns(before), edge, strength) {
            let stride = plane.stride;
            for (row, samples) in rows(after).into_iter().enumerate() {
                plane.set((LUMA_LAG + row) * stride + x - 4, samples);
            }
        }
    }

    /// The horizontal edge above `row` of the block that begins at column `x`.
    #[inline(never)]
    fn luma_row(&mut self, x: usize, row: usize, edge: Edge, strength: Strength) {
        let plane = &mut self.luma;
        let first = (LUMA_LAG + row - 4) * plane.stride + x;
        let across = std::array::from_fn(|i| U8x16::load(&plane.get(first + i * plane.stride)));
        if let Some(after) = smooth(across, edge, strength) {
            let stride = plane.stride;
            for (i, samples) in after.into_iter().enumerate().skip(1).take(6) {
                plane.set(first + i * stride, samples.store());
            }
        }
    }

    /// Both planes at once: their blocks have eight rows.
    #[inline(never)]
    fn chroma_column(&mut self, x: usize, edge: Edge, strength: Strength) {
        let [u, v] = &mut self.chroma;
        let stride = u.stride;
        let at = |row: usize| (CHROMA_LAG + row) * stride + x - 4;
        let before = std::array::from_fn(|i| if i < 8 { u.get(at(i)) } else { v.get(at(i - 8)) });
        if let Some(after) = smooth(columns(before), edge, strength) {
            for (i, samples) in rows(after).into_iter().enumerate() {
                if i < 8 { u.set(at(i), samples) } else { v.set(at(i - 8), samples) }
            }
        }
    }

    #[inline(never)]
    fn chroma_row(&mut self, x: usize, row: usize, edge: Edge, strength: Strength) {
        let [u, v] = &mut self.chroma;
        let stride = u.stride;
        let at = |i: usize| (CHROMA_LAG + row - 4 + i) * stride + x;
        let across = std::array::from_fn(|i| U8x16::load_halves(&u.get(at(i)), &v.get(at(i))));
        if let Some(after) = smooth(across, edge, strength) {
            for (i, samples) in after.into_iter().enumerate().skip(1).take(6) {
                let samples = samples.store();
                let halves = samples.as_chunks::<8>().0;
                u.set(at(i), halves[0]);
                v.set(at(i), halves[1]);
            }
        }
    }
}

/// The finished rows of a plane: all but `lag`, or all in the last row of blocks.
fn finished(
    plane: &Plane,
    lag: usize,
    block: usize,
    y: usize,
    last: bool,
    (width, height): (usize, usize),
) -> Rows<'_> {
    // Before the first row of blocks, there are no unfinished rows.
    let from = if y == 0 { lag } else { 0 };
    let to = if last { lag + block } else { block };
    let top = (y * block + from).saturating_sub(lag);
    let rows = (to - from).min(height.saturating_sub(top));
    let data = plane.samples.get(from * plane.stride..).unwrap_or(&[]);
    Rows { width, height: rows, stride: plane.stride, data }
}
