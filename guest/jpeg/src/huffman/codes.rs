//! Decodes symbols.

use super::spec::Spec;
use crate::source::{Bits, Source};

/// Index bits of the coefficient tables.
pub(super) const FAST: u32 = 11;
/// The run that means end of block in a pair entry: it exceeds any block. As a position, the
/// block's end; the excess counts the coefficients up to the last one.
pub(crate) const END: usize = 64;

/// Decodes one symbol: short codes by a table, long ones by comparison (T.81, F.2.2.3).
pub(super) struct Codes {
    /// `length << 8 | symbol` for codes of up to [`FAST`] bits; 0 for longer ones.
    short: Box<[u16; 1 << FAST]>,
    /// For each length, the first 16-bit value that is beyond its codes.
    limit: [u32; 17],
    /// For each length, the offset from a code to its symbol.
    offset: [i32; 17],
    symbols: [u8; 256],
}

impl Codes {
    pub(super) fn new(spec: &Spec) -> Self {
        let mut t = Self {
            short: Box::new([0; 1 << FAST]),
            limit: [0; 17],
            offset: [0; 17],
            symbols: spec.symbols,
        };
        let (mut code, mut k) = (0u32, 0usize);
        for (len, &count) in (1u32..).zip(&spec.counts) {
            let l = len as usize;
            t.offset[l] = k as i32 - code as i32;
            for _ in 0..count {
                if len <= FAST {
                    let first = (code << (FAST - len)) as usize;
                    let entry = (len as u16) << 8 | u16::from(spec.symbols[k & 255]);
                    let span = t.short.get_mut(first..first + (1 << (FAST - len)));
                    span.unwrap_or_default().fill(entry);
                }
                code += 1;
                k += 1;
            }
            t.limit[l] = code << (16 - len);
            code <<= 1;
        }
        t
    }

    /// The length and symbol of the code at the top of 16 bits; length 0 if there is none.
    #[inline]
    pub(super) fn find(&self, top16: u32) -> (u32, u8) {
        let e = self.short[(top16 >> (16 - FAST)) as usize & ((1 << FAST) - 1)];
        if e != 0 { (u32::from(e >> 8), e as u8) } else { self.find_long(top16) }
    }

    #[cold]
    pub(super) fn find_long(&self, top16: u32) -> (u32, u8) {
        for len in FAST + 1..=16 {
            let l = len as usize;
            if top16 < self.limit[l] {
                let k = (top16 >> (16 - len)) as i32 + self.offset[l];
                return (len, self.symbols[k as usize & 255]);
            }
        }
        (0, 0)
    }

    /// Consumes one symbol. As in libjpeg, an invalid code counts as symbol 0. Needs 16 bits.
    #[inline(always)]
    pub(super) fn symbol<R>(&self, bits: &mut Bits, source: &mut Source<R>) -> u8 {
        let (len, symbol) = self.find(bits.peek::<16>() as u32);
        if len == 0 {
            source.corrupt = true;
            bits.eat(16);
        } else {
            bits.eat(len);
        }
        symbol
    }

    /// The length, run and value of [`FAST`]-bit index `i`, from bit `used` on.
    pub(super) fn whole_coefficient(&self, i: u32, used: u32) -> Option<(u32, u32, i32)> {
        let rest = (i << used) & ((1 << FAST) - 1);
        let (len, symbol) = self.find(rest << (16 - FAST));
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        let room = FAST - used;
        match (size, run) {
            _ if len == 0 || len > room => None,
            (0, 15) => Some((len, 15, 0)),
            (0, _) => Some((len, END as u32, 0)),
            _ if len + size > room => None,
            _ => {
                let v = (i >> (room - len - size)) & ((1 << size) - 1);
                Some((len + size, run, extend(v, size)))
            }
        }
    }
}

/// The value of `size` bits (T.81, F.2.2.1, EXTEND).
#[inline(always)]
pub(crate) fn extend(v: u32, size: u32) -> i32 {
    let (v, m) = (v as i32, 1i32 << size);
    v + ((((v << 1) - m) >> 31) & (1 - m))
}
