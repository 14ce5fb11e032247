//! Progressive scans (T.81, annex G): a blurred picture, its colours, its detail.
//!
//! There is no successive approximation, unlike in libjpeg's default scans: it makes pictures of up
//! to 1024 pixels' width several percent larger, and larger ones hardly smaller.

use super::code::Code;
use super::headers;

use super::strip::Strip;
use super::token::{Tokens, token};
use super::value::{extra, magnitude, rounded};
use super::writer::BitWriter;
use crate::zigzag::NATURAL;

/// One component's coefficients, packed: block after block, row by row.
pub(crate) struct Store {
    dc: Vec<i16>,
    /// For each block, a mask of nonzero AC coefficients (in the file's order).
    masks: Vec<u64>,
    /// Those coefficients.
    values: Vec<i16>,
    /// Blocks in an MCU, blocks in a row with padding, and blocks with samples.
    blocks: (usize, usize),
    across: usize,
    used: (usize, usize),
}

impl Store {
    pub(crate) fn new(strip: &Strip) -> Self {
        Self {
            dc: Vec::new(),
            masks: Vec::new(),
            values: Vec::new(),
            blocks: strip.blocks,
            across: strip.stride / 8,
            used: strip.used,
        }
    }

    /// Appends the next block, in row order and in sixteenths of a step; with the AC coefficients
    /// of `mask`.
    #[inline(always)]
    pub(crate) fn push(&mut self, block: &[i16; 64], mask: u64) {
        let mut mask = mask & !1;
        self.dc.push(rounded(block[0]));
        self.masks.push(mask);
        while mask != 0 {
            let at = NATURAL[mask.trailing_zeros() as usize & 63];
            self.values.push(rounded(block[usize::from(at) & 63]));
            mask &= mask - 1;
        }
    }

    /// Appends a block without samples, block (`x`, `y`) of its row of MCUs: it repeats the
    /// previous DC coefficient in the scan.
    pub(crate) fn push_padding(&mut self, x: usize, y: usize) {
        let h = self.blocks.0;
        let here = self.dc.len();
        let before = match (x % h, y) {
            (0, 0) => 1,
            (0, _) => self.across - (h - 1),
            _ => 1,
        };
        let dc = here.checked_sub(before).and_then(|i| self.dc.get(i)).copied().unwrap_or(0);
        self.dc.push(dc);
        self.masks.push(0);
    }

    /// Calls `f` for each block with samples, with the AC coefficients of a band.
    fn each(&self, start: u32, end: u32, mut f: impl FnMut(u64, &[i16])) {
        let below = |k: u32| if k > 63 { u64::MAX } else { (1 << k) - 1 };
        let band = below(end + 1) & !below(start);
        let mut rest = self.values.as_slice();
        let rows = self.masks.chunks_exact(self.across).take(self.used.1);
        for row in rows {
            for (x, &mask) in row.iter().enumerate() {
                let count = mask.count_ones() as usize;
                let (values, after) = rest.split_at_checked(count).unwrap_or_default();
                rest = after;
                if x < self.used.0 {
                    let first = (mask & below(start)).count_ones() as usize;
                    f(mask & band, values.get(first..).unwrap_or_default());
                }
            }
        }
    }
}

/// Writes all scans.
pub(crate) fn write(stores: &[Store], mcus_across: usize, out: &mut Vec<u8>) {
    let mut w = Scans { tokens: Tokens::new(), out };
    w.dc(stores, mcus_across);
    if let [y, chroma @ ..] = stores {
        w.band(0, y, (1, 5));
        for (c, store) in (1..).zip(chroma) {
            w.band(c, store, (1, 63));
        }
        w.band(0, y, (6, 63));
    }
}

struct Scans<'a> {
    tokens: Tokens,
    out: &'a mut Vec<u8>,
}

impl Scans<'_> {
    /// DC of all components.
    fn dc(&mut self, stores: &[Store], across: usize) {
        let mut predictions = [0i32; 3];
        let rows = stores.first().map_or(0, |s| s.dc.len() / s.across.max(1) / s.blocks.1);
        for y in 0..rows {
            for x in 0..across {
                for (c, (s, prediction)) in stores.iter().zip(&mut predictions).enumerate() {
                    let (h, v) = s.blocks;
                    for by in y * v..(y + 1) * v {
                        let row = s.dc.get(by * s.across..).unwrap_or_default();
                        for &dc in row.get(x * h..(x + 1) * h).unwrap_or_default() {
                            let difference = i32::from(dc) - *prediction;
                            *prediction = dc.into();
                            let size = magnitude(difference);
                            let code = u32::from(c > 0);
                            self.tokens.push(token(code, size, size, extra(difference, size)));
                        }
                    }
                }
            }
        }
        let components = [0, 1, 2];
        self.flush(components.get(..stores.len()).unwrap_or_default(), (0, 0));
    }

    /// AC coefficients `band.0` to `band.1` of component `c`.
    fn band(&mut self, c: u8, store: &Store, band: (u32, u32)) {
        let mut run = EobRun { code: u32::from(c > 0) + 1, length: 0 };
        let tokens = &mut self.tokens;
        store.each(band.0, band.1, |mut mask, values| {
            let mut previous = band.0 - 1;
            for &v in values {
                if mask == 0 {
                    break;
                }
                let k = mask.trailing_zeros();
                mask &= mask - 1;
                run.flush(tokens);
                let mut zeros = k - previous - 1;
                previous = k;
                while zeros > 15 {
                    tokens.push(token(run.code, 0xf0, 0, 0));
                    zeros -= 16;
                }
                let size = magnitude(v.into());
                tokens.push(token(run.code, zeros << 4 | size, size, extra(v.into(), size)));
            }
            if previous < band.1 {
                run.end_of_block(tokens);
            }
        });
        run.flush(tokens);
        self.flush(&[c], (band.0 as u8, band.1 as u8));
    }

    /// Writes the scan of the tokens.
    fn flush(&mut self, components: &[u8], band: (u8, u8)) {
        let mut lookup = Box::new([0u32; 1024]);
        let mut codes = Vec::new();
        let class: u8 = if band.0 == 0 { 0x00 } else { 0x10 };
        let tables = self.tokens.counts.as_chunks::<256>().0.iter();
        for (i, (counts, table)) in tables.zip(lookup.as_chunks_mut().0).take(3).enumerate() {
            if counts.iter().any(|&c| c > 0) {
                let code = Code::optimal(counts);
                code.lookup(table);
                // AC codes 1 and 2 of the tokens are tables 0 and 1 of the file.
                codes.push((class | (i as u8 - (class >> 4)), code));
            }
        }
        if !codes.is_empty() {
            let placed: Vec<(u8, &Code)> = codes.iter().map(|(p, c)| (*p, c)).collect();
            headers::huffman(self.out, &placed);
        }
        headers::scan(self.out, components, band);
        let mut writer = BitWriter::new();
        for piece in self.tokens.pieces() {
            writer.write(piece, &lookup, self.out);
        }
        writer.finish(self.out);
        self.tokens.clear();
    }
}

/// The current end-of-band run.
struct EobRun {
    code: u32,
    length: u32,
}

impl EobRun {
    /// One more block.
    fn end_of_block(&mut self, tokens: &mut Tokens) {
        self.length += 1;
        // The maximum run.
        if self.length == 0x7fff {
            self.flush(tokens);
        }
    }

    fn flush(&mut self, tokens: &mut Tokens) {
        if self.length > 0 {
            let size = self.length.ilog2();
            tokens.push(token(self.code, size << 4, size, self.length - (1 << size)));
            self.length = 0;
        }
    }
}
