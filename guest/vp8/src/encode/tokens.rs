//! Levels as bits, their cost, and their best probabilities (RFC 6386, section 13).

use super::bits::BitWriter;
use super::quant::Levels;
use crate::tables::{BANDS, TOKENS, Tokens as Table, UPDATES};

/// The types of blocks, as numbered in the tables.
pub(super) const LUMA_REST: usize = 0;
pub(super) const CONSTANTS: usize = 1;
pub(super) const CHROMA: usize = 2;
pub(super) const LUMA: usize = 3;

/// The cost of a bit, in 256ths of a bit, by the probability that it is 0.
pub(super) struct BitCost([u16; 257]);

impl BitCost {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|p| (-(p.max(1) as f64 / 256.0).log2() * 256.0).round() as u16))
    }

    pub(super) fn of(&self, bit: bool, probability: u8) -> u32 {
        let p = usize::from(probability);
        u32::from(self.0[if bit { 256 - p } else { p }])
    }
}

/// Larger levels cost the same, except for their extra bits, which are not counted.
const LARGEST: usize = 67;

/// The costs of levels with the current probabilities.
pub(super) struct Costs {
    levels: Vec<[u16; LARGEST + 1]>,
    /// The cost of ending, and of continuing.
    ends: Vec<[u16; 2]>,
}

impl Costs {
    pub(super) fn new(table: &Table, bit: &BitCost) -> Self {
        let contexts = || table.iter().flatten().flatten();
        let level = |p: &[u8; 11], value: usize| {
            let mut cost = 0;
            let mut put = |set: bool, probability: u8| {
                cost += bit.of(set, probability);
                set
            };
            walk(value as u16, |node, set| put(set, p[node]), |set, p| set || p > 0);
            let mut extra = 0;
            walk(
                value as u16,
                |_, set| set,
                |set, p| {
                    extra += bit.of(set, p);
                    set
                },
            );
            (cost + extra).min(65_535) as u16
        };
        Self {
            levels: contexts().map(|p| std::array::from_fn(|value| level(p, value))).collect(),
            ends: contexts()
                .map(|p| [bit.of(false, p[0]) as u16, bit.of(true, p[0]) as u16])
                .collect(),
        }
    }

    /// The cost of `size` at position `n` of a block.
    #[inline(always)]
    pub(super) fn level(&self, kind: usize, n: usize, context: usize, size: i32) -> u32 {
        let size = (size as usize).min(LARGEST);
        u32::from(self.levels[(kind * 8 + BANDS[n]) * 3 + context][size])
    }

    /// The cost of ending before position `n`, or of continuing.
    #[inline(always)]
    pub(super) fn end(&self, kind: usize, n: usize, context: usize, on: bool) -> u32 {
        u32::from(self.ends[(kind * 8 + BANDS[n]) * 3 + context][usize::from(on)])
    }

    /// The cost of a block.
    pub(super) fn of(&self, levels: &Levels, kind: usize, context: usize, first: usize) -> u32 {
        let at = |n: usize, context: usize| (kind * 8 + BANDS[n]) * 3 + context;
        let mut here = at(first, context);
        if levels.end <= first {
            return u32::from(self.ends[here][0]);
        }
        let mut cost = u32::from(self.ends[here][1]);
        for n in first..levels.end {
            let size = usize::from(levels.values[n].unsigned_abs());
            cost += u32::from(self.levels[here][size.min(LARGEST)]);
            here = at(n + 1, size.min(2));
            if size > 0 && n < 15 {
                cost += u32::from(self.ends[here][usize::from(n + 1 < levels.end)]);
            }
        }
        cost
    }
}

/// The bits of a level that may be 0: those at nodes of the tree, then those of fixed probability,
/// with the sign (as 0) last.
fn walk(
    value: u16,
    mut node: impl FnMut(usize, bool) -> bool,
    mut fixed: impl FnMut(bool, u8) -> bool,
) {
    if !node(1, value > 0) {
        return;
    }
    if node(2, value > 1) {
        if !node(3, value > 4) {
            if node(4, value != 2) {
                node(5, value == 4);
            }
        } else if !node(6, value > 10) {
            if !node(7, value > 6) {
                fixed(value == 6, 159);
            } else {
                fixed(value >= 9, 165);
                fixed(value & 1 == 0, 145);
            }
        } else {
            let (category, base, probabilities): (u8, u16, &[u8]) = match value {
                ..=18 => (0, 11, &[173, 148, 140]),
                19..35 => (1, 19, &[176, 155, 140, 135]),
                35..67 => (2, 35, &[180, 157, 141, 134, 130]),
                _ => (3, 67, &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129]),
            };
            node(8, category > 1);
            node(if category > 1 { 10 } else { 9 }, category & 1 == 1);
            let rest = value - base;
            for (bit, &probability) in (0..probabilities.len()).rev().zip(probabilities) {
                fixed(rest >> bit & 1 == 1, probability);
            }
        }
    }
}

/// Recorded bits: a node's index or a fixed probability, and the bit.
#[derive(Default)]
pub(super) struct Recorder {
    tokens: Vec<u16>,
    /// How often each node was 0 and 1.
    counts: Vec<[u32; 2]>,
}

const BIT: u16 = 1 << 15;
const FIXED: u16 = 1 << 14;

impl Recorder {
    pub(super) fn new() -> Self {
        Self { tokens: Vec::new(), counts: vec![[0; 2]; 4 * 8 * 3 * 11] }
    }

    fn node(&mut self, index: usize, bit: bool) -> bool {
        self.counts[index][usize::from(bit)] += 1;
        self.tokens.push(index as u16 | if bit { BIT } else { 0 });
        bit
    }

    fn fixed(&mut self, bit: bool, probability: u8) {
        self.tokens.push(FIXED | u16::from(probability) | if bit { BIT } else { 0 });
    }

    /// Record a block. Returns whether it has coefficients.
    pub(super) fn record(
        &mut self,
        levels: &Levels,
        kind: usize,
        context: usize,
        first: usize,
    ) -> bool {
        let at = |n: usize, context: usize| ((kind * 8 + BANDS[n]) * 3 + context) * 11;
        let mut here = at(first, context);
        if !self.node(here, levels.end > first) {
            return false;
        }
        for n in first..levels.end {
            let value = levels.values[n];
            let size = value.unsigned_abs();
            let mut fixed = [(false, 0); 12];
            let mut count = 0;
            walk(
                size,
                |node, bit| self.node(here + node, bit),
                |bit, probability| {
                    fixed[count] = (bit, probability);
                    count += 1;
                    bit
                },
            );
            for &(bit, probability) in &fixed[..count] {
                self.fixed(bit, probability);
            }
            here = at(n + 1, usize::from(size.min(2)));
            if size > 0 {
                self.fixed(value < 0, 128);
                if n < 15 {
                    self.node(here, n + 1 < levels.end);
                }
            }
        }
        true
    }

    /// The best probabilities for the recorded bits, where they save more than they cost.
    pub(super) fn table(&self, bit: &BitCost) -> Table {
        let mut table = TOKENS;
        let updates = UPDATES.as_flattened().as_flattened().as_flattened();
        let probabilities = table.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        for ((p, &update), &[zeros, ones]) in
            probabilities.iter_mut().zip(updates).zip(&self.counts)
        {
            let total = zeros + ones;
            let Some(part) = (ones * 255).checked_div(total) else { continue };
            let new = (255 - part).max(1) as u8;
            let cost = |p: u8| {
                u64::from(zeros) * u64::from(bit.of(false, p))
                    + u64::from(ones) * u64::from(bit.of(true, p))
            };
            let keep = cost(*p) + u64::from(bit.of(false, update));
            if cost(new) + u64::from(bit.of(true, update)) + 8 * 256 < keep {
                *p = new;
            }
        }
        table
    }

    /// Write the table into the header.
    pub(super) fn write_table(table: &Table, out: &mut BitWriter) {
        let flat = |table: &Table| table.as_flattened().as_flattened().as_flattened().to_vec();
        for ((p, old), update) in flat(table).into_iter().zip(flat(&TOKENS)).zip(flat(&UPDATES)) {
            if out.put(p != old, update) {
                out.put_bits(u32::from(p), 8);
            }
        }
    }

    pub(super) fn write(&self, table: &Table, out: &mut BitWriter) {
        let flat = table.as_flattened().as_flattened().as_flattened();
        out.put_all(self.tokens.iter().map(|token| {
            let value = token & 0x3fff;
            let probability =
                if token & FIXED != 0 { value as u8 } else { flat[usize::from(value)] };
            (token & BIT != 0, probability)
        }));
    }
}
