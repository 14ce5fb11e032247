//! Huffman tables of the decoder, which look up whole coefficients, two at a time, or skip unneeded
//! ones.

mod codes;
mod spec;
mod symbols;

pub(crate) use codes::{END, extend};
pub(crate) use spec::Spec;
pub(crate) use symbols::Symbols;

use crate::source::{Bits, Source};
use crate::zigzag::TRANSPOSED;
use codes::{Codes, FAST};
use std::io::Read;
use std::ops::ControlFlow;

/// Index bits of the skip table.
const SKIP: u32 = 12;
/// Skips between two refills, and the maximum bits of each.
const SKIPS: u32 = 3;
const SKIP_MAX: u32 = AFTER_DC / SKIPS;
/// The remaining bits of 56 after a block's DC difference.
const AFTER_DC: u32 = 56 - FAST;
/// Pair look-ups between two refills.
const PAIRS: u32 = AFTER_DC / FAST;
/// The most that can be counted above it.
pub(crate) const COUNTED: usize = END + 64;
/// Added to the position of a coefficient that the tables cannot decode.
const LONG: usize = 256;

/// A table for DC differences.
pub(crate) struct Dc {
    /// `value << 16 | length` where code and value fit into [`FAST`] bits, else 0.
    fast: Box<[u32; 1 << FAST]>,
    codes: Codes,
}

impl Dc {
    pub(crate) fn new(spec: &Spec) -> Self {
        let codes = Codes::new(spec);
        let mut fast = Box::new([0; 1 << FAST]);
        for (i, e) in (0u32..).zip(fast.iter_mut()) {
            let (len, size) = codes.find(i << (16 - FAST));
            let size = u32::from(size & 15);
            if len != 0 && len + size <= FAST {
                let v = extend((i >> (FAST - len - size)) & ((1 << size) - 1), size);
                *e = (v as u32) << 16 | (len + size);
            }
        }
        Self { fast, codes }
    }

    /// Decodes a difference with a single lookup, if possible. Needs [`FAST`] bits.
    #[inline(always)]
    pub(crate) fn look_up(&self, bits: &mut Bits) -> Option<i32> {
        let e = self.fast[bits.peek::<FAST>()];
        if e == 0 {
            return None;
        }
        bits.eat(e);
        Some(e as i32 >> 16)
    }

    /// Decodes a difference of any length.
    #[cold]
    #[inline(never)]
    pub(crate) fn decode<R: Read>(&self, bits: &mut Bits, source: &mut Source<R>) -> i32 {
        bits.refill(source);
        if let Some(difference) = self.look_up(bits) {
            return difference;
        }
        let size = u32::from(self.codes.symbol(bits, source) & 15);
        extend(bits.take(size), size)
    }
}

/// A table for AC coefficients.
pub(crate) struct Ac {
    /// See [`pair_entry`].
    pair: Box<[u64; 1 << FAST]>,
    /// See [`Codes::skip_table`]; only if the scale skips coefficients.
    skip: Option<Box<[u16; 1 << SKIP]>>,
    codes: Codes,
}

/// Packs one or two coefficients. From the lowest bit: 6 bits, the total length; 4, the first's
/// length; 7, the advance of the position; 7, the first's run; 7, the second's run plus one; and
/// from bits 32 and 48 the two values.
fn pair_entry(first: (u32, u32, i32), second: Option<(u32, u32, i32)>) -> u64 {
    let (len1, run1, v1) = first;
    // Without a second coefficient, a zero is written to the slot after the first.
    let (len2, step2, v2) = second.map_or((0, 0, 0), |(l, r, v)| (l, r + 1, v));
    let moved = run1 + 1 + step2;
    let step2 = step2.max(1);
    let low = (len1 + len2) | len1 << 6 | moved << 10 | run1 << 17 | step2 << 24;
    u64::from(low) | u64::from(v1 as u16) << 32 | u64::from(v2 as u16) << 48
}

/// The same for a code whose value does not fit: total length 0, the code's length, the run, and
/// the value's size instead of the value. 0 if the code does not fit either.
fn code_entry((len, symbol): (u32, u8)) -> u64 {
    if len == 0 || len > FAST {
        return 0;
    }
    let (run, size) = (u32::from(symbol >> 4), u64::from(symbol & 15));
    u64::from(len << 6 | (run + 1) << 10 | run << 17) | size << 32
}

impl Ac {
    pub(crate) fn new(spec: &Spec, with_skip: bool) -> Self {
        let codes = Codes::new(spec);
        let mut pair = Box::new([0; 1 << FAST]);
        for (i, e) in (0u32..).zip(pair.iter_mut()) {
            if let Some(first) = codes.whole_coefficient(i, 0) {
                let more = first.1 < END as u32 && first.0 < FAST;
                let second = if more { codes.whole_coefficient(i, first.0) } else { None };
                *e = pair_entry(first, second);
            } else {
                *e = code_entry(codes.find(i << (16 - FAST)));
            }
        }
        let skip = with_skip.then(|| codes.skip_table());
        Self { pair, skip, codes }
    }

    /// Decodes the coefficients from position `k` up to `last` into `block` (transposed; zeroed by
    /// the caller) and skips those after it, as long as table lookups and plain data suffice.
    /// Returns the position at which more is needed, with [`LONG`] if it is not bits; or [`END`]
    /// plus the position after the last coefficient. Needs [`AFTER_DC`] bits.
    ///
    /// It contains no calls: a call clobbers registers, and Cranelift would then keep the bit
    /// buffer in memory throughout, which costs five cycles per lookup.
    #[inline(always)]
    pub(crate) fn stretch<R>(
        &self,
        bits: &mut Bits,
        source: &mut Source<R>,
        (mut k, last): (usize, usize),
        block: &mut [i16; 64],
    ) -> usize {
        while k <= last {
            match self.round(bits, source, k, block) {
                ControlFlow::Continue(next) => k = next,
                ControlFlow::Break(next) => return next,
            }
            if !bits.refill_whole(source) {
                return k;
            }
        }
        match self.skip_stretch(bits, source, k) {
            END => END + k,
            other => other,
        }
    }

    /// The lookups between two refills.
    #[inline(always)]
    fn round<R>(
        &self,
        bits: &mut Bits,
        source: &mut Source<R>,
        mut k: usize,
        block: &mut [i16; 64],
    ) -> ControlFlow<usize, usize> {
        for i in 0..PAIRS {
            let e = self.pair[bits.peek::<FAST>()];
            let field = |at: u32| (e >> at) as usize & 127;
            let (first, next) = (k + field(17), k + field(10));
            if e & 63 == 0 {
                if e == 0 || first > 63 {
                    return ControlFlow::Break(LONG + k);
                }
                // Only the code fits. Initially, there are enough bits for its value.
                if i == 0 {
                    let size = (e >> 32) as u32 & 15;
                    bits.eat((e >> 6) as u32 & 15);
                    let v = extend(bits.take(size), size);
                    block[usize::from(TRANSPOSED[first & 127]) & 63] = v as i16;
                    k = first + 1;
                    if k == END {
                        return ControlFlow::Break(END + 64);
                    }
                }
                return ControlFlow::Continue(k);
            }
            let second = first + field(24);
            block[usize::from(TRANSPOSED[first & 127]) & 63] = (e >> 32) as i16;
            if next >= END {
                return ControlFlow::Break(END + self.end_of_block(bits, source, e, k, block));
            }
            block[usize::from(TRANSPOSED[second & 127]) & 63] = (e >> 48) as i16;
            bits.eat(e as u32);
            k = next;
        }
        ControlFlow::Continue(k)
    }

    /// Decodes the rest of a block, from the result of [`Self::stretch`].
    #[inline(never)]
    pub(crate) fn finish<R: Read>(
        &self,
        bits: &mut Bits,
        source: &mut Source<R>,
        (mut k, last): (usize, usize),
        block: &mut [i16; 64],
    ) -> usize {
        loop {
            match k.checked_sub(LONG) {
                Some(at) if at > last => {
                    k = self.skip_one(bits, source, at);
                    if k >= END {
                        return at;
                    }
                }
                Some(at) => k = self.decode_long(bits, source, at, block),
                None => {}
            }
            if k >= END {
                return k - END;
            }
            bits.refill(source);
            k = self.resume(bits, source, (k, last), block);
        }
    }

    /// A [`Self::stretch`] that begins within a block.
    #[inline(never)]
    fn resume<R>(
        &self,
        state: &mut Bits,
        source: &mut Source<R>,
        range: (usize, usize),
        block: &mut [i16; 64],
    ) -> usize {
        let mut bits = *state;
        let k = self.stretch(&mut bits, source, range, block);
        *state = bits;
        k
    }

    /// A pair that reaches the end of the block: determine which of its symbols belong to it.
    #[inline(always)]
    fn end_of_block<R>(
        &self,
        bits: &mut Bits,
        source: &mut Source<R>,
        e: u64,
        k: usize,
        block: &mut [i16; 64],
    ) -> usize {
        let field = |at: u32| (e >> at) as usize & 127;
        let first = k + field(17);
        if first >= 63 {
            bits.eat((e >> 6) as u32 & 15);
            if first == 63 {
                return 64;
            }
            source.corrupt |= field(17) != END;
            return k;
        }
        bits.eat(e as u32);
        let second = first + field(24);
        if second == 63 {
            block[63] = (e >> 48) as i16;
            return 64;
        }
        source.corrupt |= field(24) != END + 1;
        first + 1
    }

    /// Decodes a coefficient of any length. Returns the next position, or [`END`] plus the result
    /// of [`Self::finish`].
    #[inline(never)]
    fn decode_long<R: Read>(
        &self,
        bits: &mut Bits,
        source: &mut Source<R>,
        k: usize,
        block: &mut [i16; 64],
    ) -> usize {
        bits.refill_32(source);
        let symbol = self.codes.symbol(bits, source);
        let size = u32::from(symbol & 15);
        let at = k + usize::from(symbol >> 4);
        if size == 0 && symbol != 0xf0 {
            return END + k;
        }
        let v = extend(bits.take(size), size);
        source.corrupt |= at > 63;
        block[usize::from(TRANSPOSED[at & 127]) & 63] = v as i16;
        if at >= 63 { END + 64 } else { at + 1 }
    }

    /// Skips the coefficients from position `k` on. Has the same preconditions and result as
    /// [`Self::stretch`], [`END`] at the block's end.
    #[inline(always)]
    pub(crate) fn skip_stretch<R>(
        &self,
        bits: &mut Bits,
        source: &Source<R>,
        mut k: usize,
    ) -> usize {
        let Some(table) = &self.skip else { return END };
        loop {
            for _ in 0..SKIPS {
                let e = usize::from(table[bits.peek::<SKIP>()]);
                let next = k + (e >> 8);
                if next < 64 {
                    bits.eat(e as u32);
                    k = next;
                    continue;
                }
                if next == 64 || (128..192).contains(&next) {
                    bits.eat(e as u32);
                    return END;
                }
                return LONG + k;
            }
            if !bits.refill_whole(source) {
                return k;
            }
        }
    }

    /// Skips the rest of a block, from the result of [`Self::skip_stretch`].
    #[inline(never)]
    pub(crate) fn pass_over<R: Read>(
        &self,
        state: &mut Bits,
        source: &mut Source<R>,
        mut k: usize,
    ) {
        loop {
            if let Some(at) = k.checked_sub(LONG) {
                k = self.skip_one(state, source, at);
            }
            if k >= END {
                return;
            }
            state.refill(source);
            let mut bits = *state;
            k = self.skip_stretch(&mut bits, source, k);
            *state = bits;
        }
    }

    /// Skips one symbol: its code is long, or the following data may belong to another block.
    #[inline(never)]
    fn skip_one<R: Read>(&self, bits: &mut Bits, source: &mut Source<R>, k: usize) -> usize {
        bits.refill_32(source);
        let symbol = self.codes.symbol(bits, source);
        if symbol & 15 == 0 && symbol != 0xf0 {
            return 64;
        }
        bits.eat(u32::from(symbol & 15));
        let next = k + usize::from(symbol >> 4) + 1;
        source.corrupt |= next > 64;
        next
    }
}

impl Codes {
    /// For each 12 bits: the number of skipped coefficients, `<< 8`, and their bits. An end of
    /// block adds 128 coefficients; 250 means not even one symbol.
    fn skip_table(&self) -> Box<[u16; 1 << SKIP]> {
        let mut table = Box::new([250 << 8; 1 << SKIP]);
        for (i, e) in (0u32..).zip(table.iter_mut()) {
            let (mut used, mut passed) = (0, 0);
            while used < SKIP {
                let rest = (i << used) & ((1 << SKIP) - 1);
                let (len, symbol) = self.find(rest << (16 - SKIP));
                if len == 0 || used + len > SKIP {
                    break;
                }
                let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                if size == 0 && run != 15 {
                    used += len;
                    passed += 128;
                    break;
                }
                if passed + run + 1 > 63 || used + len + size > SKIP_MAX {
                    break;
                }
                used += len + size;
                passed += run + 1;
            }
            // The bits of a value may be beyond the index, as they are not needed.
            if used > 0 {
                *e = (passed << 8 | used) as u16;
            }
        }
        table
    }
}
