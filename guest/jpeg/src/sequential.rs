//! Sequential scans: bits to samples, by rows of MCUs (T.81, annex F).

use crate::error::Error;
use crate::frame::Frame;
use crate::huffman::{Ac, COUNTED, Dc, END};
use crate::idct;
use crate::restart::Progress;
use crate::source::{Bits, Source};
use crate::tables::{Scan, Tables};
use obscura_simd::{clear, opaque_zero};
use std::io::Read;

/// A component in the scan, with its tables.
struct Part {
    /// The component's index in the frame.
    canvas: usize,
    h: usize,
    v: usize,
    n: usize,
    last: usize,
    stride: usize,
    dc: Dc,
    ac: Ac,
    quant: [i16; 64],
    prediction: i32,
}

impl Part {
    /// Decodes a block (transposed; zeroed by the caller). Returns the position after the last
    /// written coefficient.
    #[inline(always)]
    fn coefficients<R: Read>(
        &mut self,
        bits: &mut Bits,
        source: &mut Source<R>,
        block: &mut [i16; 64],
    ) -> usize {
        let mut k = self.begin(bits, source, block);
        if k == 0 {
            self.prediction = self.prediction.wrapping_add(self.dc.decode(bits, source));
            k = 1;
        }
        let count = match k {
            END..=COUNTED => k - END,
            _ => self.ac.finish(bits, source, (k, self.last), block),
        };
        block[0] = self.prediction as i16;
        count
    }

    /// The fast path with table lookups only. Returns the result of [`Ac::stretch`], or 0 if even
    /// the DC coefficient needs more.
    ///
    /// A separate function, like the transforms: Cranelift keeps the values of a small function in
    /// registers, but spills those of a large one.
    #[inline(never)]
    fn begin<R>(
        &mut self,
        state: &mut Bits,
        source: &mut Source<R>,
        block: &mut [i16; 64],
    ) -> usize {
        let mut bits = *state;
        if !bits.refill_whole(source) {
            return 0;
        }
        let Some(difference) = self.dc.look_up(&mut bits) else { return 0 };
        self.prediction = self.prediction.wrapping_add(difference);
        let k = self.ac.stretch(&mut bits, source, (1, self.last), block);
        *state = bits;
        k
    }

    /// Decodes only a block's DC coefficient.
    #[inline(always)]
    fn dc_alone<R: Read>(&mut self, bits: &mut Bits, source: &mut Source<R>) -> i32 {
        let mut k = self.begin_dc(bits, source);
        if k == 0 {
            self.prediction = self.prediction.wrapping_add(self.dc.decode(bits, source));
            k = 1;
        }
        if k != END {
            self.ac.pass_over(bits, source, k);
        }
        self.prediction
    }

    /// The fast path with table lookups only.
    #[inline(never)]
    fn begin_dc<R>(&mut self, state: &mut Bits, source: &Source<R>) -> usize {
        let mut bits = *state;
        if !bits.refill_whole(source) {
            return 0;
        }
        let Some(difference) = self.dc.look_up(&mut bits) else { return 0 };
        self.prediction = self.prediction.wrapping_add(difference);
        let k = self.ac.skip_stretch(&mut bits, source, 1);
        *state = bits;
        k
    }
}

/// A scan being decoded.
pub(crate) struct SequentialScan {
    parts: Vec<Part>,
    /// Rows of MCUs, and MCUs in each. A single component has MCUs of one block.
    pub(crate) rows: usize,
    across: usize,
    bits: Bits,
    pub(crate) progress: Progress,
}

impl SequentialScan {
    pub(crate) fn new<R: Read>(
        scan: &Scan,
        frame: &Frame,
        quant: &[Option<[i16; 64]>],
        tables: &Tables,
        lenient: bool,
        source: &mut Source<R>,
    ) -> Result<Self, Error> {
        let alone = scan.components.len() == 1;
        let mut parts = Vec::new();
        let (mut across, mut rows) = frame.mcus;
        for c in &scan.components {
            const MISSING: Error = Error::Malformed("a scan uses a table that is not there");
            let l = frame.layouts.get(c.index).ok_or(MISSING)?;
            if alone {
                (across, rows) = l.blocks;
            }
            let dc = tables.dc.get(c.dc).and_then(Option::as_ref).ok_or(MISSING)?;
            let ac = tables.ac.get(c.ac).and_then(Option::as_ref).ok_or(MISSING)?;
            parts.push(Part {
                canvas: c.index,
                h: if alone { 1 } else { l.h },
                v: if alone { 1 } else { l.v },
                n: l.n,
                last: l.last,
                stride: l.stride,
                dc: Dc::new(dc),
                ac: Ac::new(ac, l.last < 63),
                quant: quant.get(c.index).copied().flatten().ok_or(MISSING)?,
                prediction: 0,
            });
        }
        let progress = Progress::new(tables.restart_interval, lenient);
        Ok(Self { parts, rows, across, bits: source.start_bits(), progress })
    }

    /// Decodes one row of MCUs into the canvases, starting `top` MCU rows down.
    pub(crate) fn decode_row<R: Read>(
        &mut self,
        source: &mut Source<R>,
        canvases: &mut [Vec<u8>],
        top: usize,
    ) -> Result<(), Error> {
        if self.parts.iter().all(|p| p.n == 1) {
            self.decode_dc_row(source, canvases, top)?;
            return self.progress.check(source);
        }
        let mut bits = self.bits;
        let mut block = [0i16; 64];
        let zero = opaque_zero();
        for x in 0..self.across {
            if self.progress.before_mcu(&mut bits, source)? {
                self.parts.iter_mut().for_each(|p| p.prediction = 0);
            }
            for part in &mut self.parts {
                let Some(canvas) = canvases.get_mut(part.canvas) else { continue };
                let (n, stride) = (part.n, part.stride);
                let mut at = top * part.v * n * stride + x * part.h * n;
                for _ in 0..part.v {
                    for bx in 0..part.h {
                        let mut count = 1;
                        if self.progress.starved {
                            block[0] = 0;
                        } else {
                            if part.last > 0 {
                                let (low, high) = block.split_at_mut(32);
                                clear(low, zero);
                                // Transforms of up to four points ignore the rest.
                                if n > 4 {
                                    clear(high, zero);
                                }
                            }
                            count = part.coefficients(&mut bits, source, &mut block);
                        }
                        if let Some(out) = canvas.get_mut(at + bx * n..) {
                            idct::inverse(n, &block, &part.quant, count, out, stride);
                        }
                    }
                    at += n * stride;
                }
            }
            if !self.progress.starved {
                self.progress.after_mcu(&bits, source)?;
            }
        }
        self.bits = bits;
        self.progress.check(source)
    }

    /// The same at 1/8, where a block is one sample, and most coefficients are skipped.
    #[inline(never)]
    fn decode_dc_row<R: Read>(
        &mut self,
        source: &mut Source<R>,
        canvases: &mut [Vec<u8>],
        top: usize,
    ) -> Result<(), Error> {
        let mut bits = self.bits;
        for x in 0..self.across {
            if self.progress.before_mcu(&mut bits, source)? {
                self.parts.iter_mut().for_each(|p| p.prediction = 0);
            }
            let starved = self.progress.starved;
            for part in &mut self.parts {
                let Some(canvas) = canvases.get_mut(part.canvas) else { continue };
                for by in 0..part.v {
                    let at = (top * part.v + by) * part.stride + x * part.h;
                    let row = canvas.get_mut(at..at + part.h).unwrap_or_default();
                    for sample in row {
                        let dc = if starved { 0 } else { part.dc_alone(&mut bits, source) };
                        *sample = idct::dc_sample(dc as i16, part.quant[0]);
                    }
                }
            }
            if !starved {
                self.progress.after_mcu(&bits, source)?;
            }
        }
        self.bits = bits;
        Ok(())
    }

    /// Ends the scan.
    pub(crate) fn finish<R: Read>(&self, source: &mut Source<R>) {
        source.end_bits();
    }
}
