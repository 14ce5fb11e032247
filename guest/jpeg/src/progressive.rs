//! Progressive scans: coefficients are gathered over many scans, then transformed (T.81, annex G).
//!
//! Only the coefficients that the scale needs are stored. For the others, one bit is stored
//! (whether it is zero), because refinement scans have bits for nonzero ones. At 1/8, only DC is
//! needed, and scans of AC coefficients are skipped.

use crate::error::Error;
use crate::frame::{Frame, Layout, filled};
use crate::huffman::{Symbols, extend};
use crate::idct;
use crate::restart::Progress;
use crate::source::{Bits, Source};
use crate::tables::{Scan, Tables};
use crate::zigzag::TRANSPOSED;
use std::io::Read;

/// Marks a coefficient that is not stored.
const DROPPED: u8 = 255;

/// One component's coefficients.
struct Coefficients {
    layout: Layout,
    /// `n * n` values per block, transposed.
    values: Vec<i16>,
    /// For each block, a mask of nonzero coefficients (in the file's order); DC's bit is not
    /// maintained. Empty if only DC is needed.
    non_zero: Vec<u64>,
    /// The index of each coefficient of the file's order.
    slot: [u8; 64],
    quant: Option<[i16; 64]>,
    /// The lowest known bit of each coefficient; 255 if none.
    known: [u8; 64],
}

impl Coefficients {
    fn new(layout: &Layout) -> Result<Self, Error> {
        let n = layout.n;
        let blocks = layout.padded.0 * layout.padded.1;
        let slot = std::array::from_fn(|k| {
            let at = usize::from(TRANSPOSED[k]);
            let (u, v) = (at >> 3, at & 7);
            if u < n && v < n { (u * n + v) as u8 } else { DROPPED }
        });
        Ok(Self {
            values: filled(blocks * n * n, 0)?,
            non_zero: filled(if n > 1 { blocks } else { 0 }, 0)?,
            slot,
            quant: None,
            known: [255; 64],
            layout: layout.clone(),
        })
    }

    fn bytes(layout: &Layout) -> u64 {
        let block = if layout.n > 1 { layout.n * layout.n * 2 + 8 } else { 2 };
        (layout.padded.0 * layout.padded.1) as u64 * block as u64
    }
}

/// The coefficients of a picture.
pub(crate) struct Progressive {
    components: Vec<Coefficients>,
    mcus: (usize, usize),
    lenient: bool,
    pub(crate) truncated: bool,
}

impl Progressive {
    /// Bytes that [`Self::new`] allocates.
    pub(crate) fn bytes(frame: &Frame) -> u64 {
        frame.layouts.iter().map(Coefficients::bytes).sum()
    }

    pub(crate) fn new(frame: &Frame, lenient: bool) -> Result<Self, Error> {
        let components = frame.layouts.iter().map(Coefficients::new).collect::<Result<_, _>>()?;
        Ok(Self { components, mcus: frame.mcus, lenient, truncated: false })
    }

    /// Whether every bit of every coefficient is known.
    pub(crate) fn complete(&self) -> bool {
        self.components.iter().all(|c| c.known.iter().all(|&b| b == 0))
    }

    /// Reads one scan, or skips it if the scale does not need it.
    pub(crate) fn scan<R: Read>(
        &mut self,
        scan: &Scan,
        tables: &Tables,
        header: &[crate::header::Component],
        source: &mut Source<R>,
    ) -> Result<(), Error> {
        const MISSING: Error = Error::Malformed("a scan uses a table that is not there");
        for part in &scan.components {
            let c = self.components.get_mut(part.index).ok_or(MISSING)?;
            if c.quant.is_none() {
                // A component uses the table that is active at its first scan.
                let table = header.get(part.index).map_or(0, |h| usize::from(h.table));
                c.quant = tables.quant.get(table).copied().flatten();
                c.quant.ok_or(MISSING)?;
            }
            c.known.get_mut(scan.start..=scan.end).unwrap_or_default().fill(scan.low as u8);
        }
        let mut progress = Progress::new(tables.restart_interval, self.lenient);
        if scan.start == 0 {
            self.dc(scan, tables, &mut progress, source)?;
        } else if let [part] = scan.components.as_slice() {
            let c = self.components.get_mut(part.index).ok_or(MISSING)?;
            if c.layout.n == 1 {
                return Ok(());
            }
            let spec = tables.ac.get(part.ac).and_then(Option::as_ref).ok_or(MISSING)?;
            let symbols = Symbols::new(spec);
            let mut ac = AcScan { scan, symbols, eob_run: 0, bits: source.start_bits() };
            for y in 0..c.layout.blocks.1 {
                if scan.high == 0 {
                    ac.row::<true, R>(c, y, &mut progress, source)?;
                } else {
                    ac.row::<false, R>(c, y, &mut progress, source)?;
                }
                progress.check(source)?;
            }
            source.end_bits();
        }
        self.truncated |= progress.truncated;
        Ok(())
    }

    /// DC: one component or all of them interleaved, first bits or one more.
    #[inline(never)]
    fn dc<R: Read>(
        &mut self,
        scan: &Scan,
        tables: &Tables,
        progress: &mut Progress,
        source: &mut Source<R>,
    ) -> Result<(), Error> {
        let first = scan.high == 0;
        let alone = scan.components.len() == 1;
        let mut parts = Vec::new();
        let (mut across, mut rows) = self.mcus;
        for part in &scan.components {
            let spec = tables.dc.get(part.dc).and_then(Option::as_ref);
            if first && spec.is_none() {
                return Err(Error::Malformed("a scan uses a table that is not there"));
            }
            let symbols = spec.filter(|_| first).map(Symbols::new);
            if let Some(c) = self.components.get(part.index).filter(|_| alone) {
                (across, rows) = c.layout.blocks;
            }
            parts.push((part.index, symbols, 0i32));
        }
        let mut bits = source.start_bits();
        for y in 0..rows {
            for x in 0..across {
                if progress.before_mcu(&mut bits, source)? {
                    parts.iter_mut().for_each(|p| p.2 = 0);
                }
                if progress.starved {
                    continue;
                }
                for (index, symbols, prediction) in &mut parts {
                    let Some(c) = self.components.get_mut(*index) else { continue };
                    let (h, v) = if alone { (1, 1) } else { (c.layout.h, c.layout.v) };
                    let per_block = c.layout.n * c.layout.n;
                    for by in y * v..(y + 1) * v {
                        for bx in x * h..(x + 1) * h {
                            bits.refill_32(source);
                            let at = (by * c.layout.padded.0 + bx) * per_block;
                            let Some(value) = c.values.get_mut(at) else { continue };
                            if let Some(symbols) = symbols {
                                let size = u32::from(symbols.decode(&mut bits, source) & 15);
                                let diff = extend(bits.take(size), size);
                                *prediction = prediction.wrapping_add(diff);
                                *value = (*prediction << scan.low) as i16;
                            } else {
                                *value |= (bits.take(1) << scan.low) as i16;
                            }
                        }
                    }
                }
                progress.after_mcu(&bits, source)?;
            }
            progress.check(source)?;
        }
        source.end_bits();
        Ok(())
    }

    /// Transforms MCU row `row` into canvases that start with it.
    #[inline(never)]
    pub(crate) fn render(&self, row: usize, canvases: &mut [Vec<u8>], top: usize) {
        for (c, canvas) in self.components.iter().zip(canvases) {
            let Some(quant) = &c.quant else { continue };
            let l = &c.layout;
            let n = l.n;
            let mut block = [0i16; 64];
            for by in 0..l.v {
                let first = (row * l.v + by) * l.padded.0;
                for bx in 0..l.padded.0 {
                    let at = first + bx;
                    let Some(values) = c.values.get(at * n * n..(at + 1) * n * n) else { continue };
                    let out = canvas.get_mut(((top * l.v + by) * l.stride + bx) * n..);
                    let ac = c.non_zero.get(at).is_some_and(|m| m & !1 != 0);
                    let count = if ac { 64 } else { 1 };
                    let block = match n {
                        8 => values.first_chunk().unwrap_or(&block),
                        7 => spread::<7>(values, &mut block),
                        6 => spread::<6>(values, &mut block),
                        5 => spread::<5>(values, &mut block),
                        4 => spread::<4>(values, &mut block),
                        3 => spread::<3>(values, &mut block),
                        2 => spread::<2>(values, &mut block),
                        _ => spread::<1>(values, &mut block),
                    };
                    idct::inverse(n, block, quant, count, out.unwrap_or_default(), l.stride);
                }
            }
        }
    }
}

/// Spreads N × N values over a block. N is constant, so that copies are inlined.
#[inline(always)]
fn spread<'a, const N: usize>(values: &[i16], block: &'a mut [i16; 64]) -> &'a [i16; 64] {
    let rows: &mut [[i16; 8]] = block.as_chunks_mut().0;
    for (to, from) in rows.iter_mut().zip(values.as_chunks::<N>().0) {
        if let Some(to) = to.first_chunk_mut() {
            *to = *from;
        }
    }
    block
}

/// A scan of one component's AC coefficients.
struct AcScan<'a> {
    scan: &'a Scan,
    symbols: Symbols,
    /// Blocks without further coefficients of this band, including this one.
    eob_run: u32,
    bits: Bits,
}

/// The bits `from..to` of a mask, `to` at most 64.
#[inline(always)]
fn span(from: usize, to: usize) -> u64 {
    let below = |n: usize| if n > 63 { u64::MAX } else { (1 << n) - 1 };
    below(to) & !below(from)
}

impl AcScan<'_> {
    /// Reads one row of blocks: their `FIRST` bits, or one more.
    #[inline(never)]
    fn row<const FIRST: bool, R: Read>(
        &mut self,
        c: &mut Coefficients,
        y: usize,
        progress: &mut Progress,
        source: &mut Source<R>,
    ) -> Result<(), Error> {
        let per_block = c.layout.n * c.layout.n;
        let first = y * c.layout.padded.0;
        let across = c.layout.blocks.0;
        let values = c.values.get_mut(first * per_block..).unwrap_or_default();
        let masks = c.non_zero.get_mut(first..).unwrap_or_default();
        let blocks = values.chunks_exact_mut(per_block).zip(masks).take(across);
        let mut bits = self.bits;
        for (values, mask) in blocks {
            if progress.before_mcu(&mut bits, source)? {
                self.eob_run = 0;
            }
            if progress.starved {
                continue;
            }
            if FIRST {
                self.first(values, mask, &c.slot, &mut bits, source);
            } else {
                self.refine(values, mask, &c.slot, &mut bits, source);
            }
            progress.after_mcu(&bits, source)?;
        }
        self.bits = bits;
        Ok(())
    }

    /// The first bits of a band (T.81, G.1.2.2).
    #[inline(always)]
    fn first<R: Read>(
        &mut self,
        values: &mut [i16],
        mask: &mut u64,
        slot: &[u8; 64],
        bits: &mut Bits,
        source: &mut Source<R>,
    ) {
        if self.eob_run > 0 {
            self.eob_run -= 1;
            return;
        }
        let mut k = self.scan.start;
        while k <= self.scan.end {
            bits.refill_32(source);
            let symbol = self.symbols.decode(bits, source);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && run < 15 {
                self.eob_run = (1 << run) - 1 + bits.take(run as u32);
                return;
            }
            k += run;
            if size > 0 {
                let value = (extend(bits.take(size), size) << self.scan.low) as i16;
                if k > 63 {
                    source.corrupt = true;
                    return;
                }
                *mask |= 1 << k;
                if let Some(v) = values.get_mut(usize::from(slot[k & 63])) {
                    *v = value;
                }
            }
            k += 1;
        }
    }

    /// One more bit of a band (T.81, G.1.2.3).
    #[inline(always)]
    fn refine<R: Read>(
        &mut self,
        values: &mut [i16],
        mask: &mut u64,
        slot: &[u8; 64],
        bits: &mut Bits,
        source: &mut Source<R>,
    ) {
        let (end, one) = (self.scan.end, 1i16 << self.scan.low);
        let mut k = self.scan.start;
        while self.eob_run == 0 && k <= end {
            bits.refill_32(source);
            let symbol = self.symbols.decode(bits, source);
            let (run, size) = (u32::from(symbol >> 4), symbol & 15);
            if size == 0 && run < 15 {
                self.eob_run = (1 << run) + bits.take(run);
                break;
            }
            let value = if size == 0 {
                0
            } else if bits.take(1) == 1 {
                one
            } else {
                -one
            };
            // The run counts zero coefficients; nonzero ones in between get a correction bit.
            let mut zeros = !*mask & span(k, end + 1);
            for _ in 0..run {
                zeros &= zeros.wrapping_sub(1);
            }
            let at = if zeros == 0 { end + 1 } else { zeros.trailing_zeros() as usize };
            correct(values, *mask & span(k, at), slot, one, bits, source);
            if value != 0 && at <= end {
                *mask |= 1 << at;
                if let Some(v) = values.get_mut(usize::from(slot[at & 63])) {
                    *v = value;
                }
            }
            k = at + 1;
        }
        if self.eob_run > 0 {
            correct(values, *mask & span(k, end + 1), slot, one, bits, source);
            self.eob_run -= 1;
        }
    }
}

/// Reads a correction bit for each coefficient of `which`.
#[inline(always)]
fn correct<R: Read>(
    values: &mut [i16],
    mut which: u64,
    slot: &[u8; 64],
    one: i16,
    bits: &mut Bits,
    source: &mut Source<R>,
) {
    while which != 0 {
        bits.refill_32(source);
        let count = which.count_ones().min(31);
        let mut corrections = bits.take(count) << (32 - count);
        for _ in 0..count {
            let k = which.trailing_zeros() as usize & 63;
            which &= which - 1;
            if let Some(v) = values.get_mut(usize::from(slot[k])) {
                // Moves a value away from zero by `one` if the bit is set and this has not been
                // done before. It is branchless, as the bits are practically random.
                let set = (corrections as i32 >> 31) as i16;
                let (step, sign) = (set & one & !*v, *v >> 15);
                *v = v.wrapping_add((step ^ sign).wrapping_sub(sign));
            }
            corrections <<= 1;
        }
    }
}
