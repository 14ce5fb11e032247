//! Tokens: symbols with their extra bits, counted when they are created and coded later, so that
//! optimal codes need no second pass over the coefficients. They also need only about a quarter of
//! their memory.

use super::value::{extra, magnitude, rounded};
use crate::zigzag::NATURAL;

/// From the lowest bit: 10 bits, the code (DC of luminance, DC of chrominance, AC of luminance, AC
/// of chrominance) and its symbol; 4, the number of extra bits; 2 unused; 16, the extra bits.
pub(crate) type Token = u32;

/// Creates a token.
#[inline(always)]
pub(crate) const fn token(code: u32, symbol: u32, count: u32, extra: u32) -> Token {
    code << 8 | symbol | count << 10 | extra << 16
}

/// The maximum number of tokens in a block: 1 for DC, 63 for AC, at most 3 long runs, and the end.
const BLOCK: usize = 128;

/// Tokens in chunks, so that growing never copies them.
pub(crate) struct Tokens {
    full: Vec<Vec<Token>>,
    /// The current chunk, and its length.
    last: Vec<Token>,
    used: usize,
    /// The frequencies of each code's symbols.
    pub(crate) counts: Box<[u32; 1024]>,
}

impl Tokens {
    /// Tokens per chunk: 256 KiB.
    const PIECE: usize = 1 << 16;

    pub(crate) fn new() -> Self {
        Self { full: Vec::new(), last: Vec::new(), used: 0, counts: Box::new([0; 1024]) }
    }

    /// Ensures that the last chunk has room for a block.
    #[inline(always)]
    fn make_room(&mut self) {
        if self.last.len() < self.used + BLOCK {
            self.begin_piece();
        }
    }

    #[cold]
    fn begin_piece(&mut self) {
        let mut full = std::mem::replace(&mut self.last, vec![0; Self::PIECE]);
        full.truncate(self.used);
        self.used = 0;
        self.full.push(full);
    }

    /// Appends and counts one token.
    #[inline(always)]
    pub(crate) fn push(&mut self, t: Token) {
        self.counts[(t & 1023) as usize] += 1;
        self.make_room();
        if let Some(place) = self.last.get_mut(self.used) {
            *place = t;
            self.used += 1;
        }
    }

    /// Clears everything.
    pub(crate) fn clear(&mut self) {
        self.full.clear();
        self.used = 0;
        self.counts.fill(0);
    }

    /// All tokens, by chunk.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[Token]> {
        let last = self.last.get(..self.used).unwrap_or_default();
        self.full.iter().map(Vec::as_slice).chain([last])
    }

    /// The tokens of one block of a sequential scan; `class` is 0 for luminance, 1 for chrominance,
    /// `difference` that of the DC coefficient. The AC coefficients of `mask` are coded; they are
    /// in sixteenths of a step. A separate function, as Cranelift keeps values in registers only in
    /// small functions.
    #[inline(never)]
    pub(crate) fn block(&mut self, block: &[i16; 64], mask: u64, difference: i32, class: u32) {
        self.make_room();
        let room = self.last.get_mut(self.used..).and_then(<[Token]>::first_chunk_mut);
        let Some(out): Option<&mut [Token; BLOCK]> = room else { return };
        let counts = &mut *self.counts;
        let size = magnitude(difference);
        out[0] = token(class, size, size, extra(difference, size));
        counts[(out[0] & 1023) as usize] += 1;
        let ac = 2 + class;
        let mut count = 1;
        let mut put = |t: Token| {
            out[count % BLOCK] = t;
            count += 1;
            counts[(t & 1023) as usize] += 1;
        };
        let mut mask = mask & !1;
        let mut previous = 0;
        while mask != 0 {
            let k = mask.trailing_zeros();
            mask &= mask - 1;
            let mut run = k - previous - 1;
            previous = k;
            while run > 15 {
                put(token(ac, 0xf0, 0, 0));
                run -= 16;
            }
            let v = rounded(block[usize::from(NATURAL[k as usize & 63]) & 63]);
            put(token(ac, run << 4, 0, 0) | VALUES[v as usize & 4095]);
        }
        if previous < 63 {
            put(token(ac, 0, 0, 0));
        }
        self.used += count;
    }
}

/// The size and extra bits of an AC coefficient, which has at most 11 bits and a sign.
static VALUES: [Token; 4096] = {
    let mut t = [0; 4096];
    let mut i = 0;
    while i < 4096 {
        // Indexed by the value's low twelve bits.
        let v = (i ^ 2048) as i32 - 2048;
        let size = magnitude(v);
        t[i] = token(0, size, size, extra(v, size));
        i += 1;
    }
    t
};

/// For each row of a block and each pattern of its eight coefficients: the bits in the file's order.
static ORDER: [[u64; 256]; 8] = {
    let mut position = [0u32; 64];
    let mut k = 0;
    while k < 64 {
        position[NATURAL[k] as usize] = k as u32;
        k += 1;
    }
    let mut t = [[0; 256]; 8];
    let mut i = 0;
    while i < 8 * 256 * 8 {
        let (y, pattern, x) = (i >> 11, i >> 3 & 255, i & 7);
        if pattern >> x & 1 == 1 {
            t[y][pattern] |= 1 << position[y * 8 + x];
        }
        i += 1;
    }
    t
};

/// From a bit for each coefficient of rows `y` and `y + 1` of a block to bits in the file's order.
/// A table is faster than reordering the coefficients themselves.
#[inline(always)]
pub(crate) fn in_order(y: usize, two: u16) -> u64 {
    ORDER[y & 7][usize::from(two & 255)] | ORDER[(y + 1) & 7][usize::from(two >> 8)]
}
