//! Tokens as they are written.

/// A number as a symbol and extra bits.
#[derive(Clone, Copy)]
pub(crate) struct Prefixed {
    pub(crate) symbol: u32,
    pub(crate) extra: u32,
    pub(crate) bits: u32,
}

impl Prefixed {
    /// For a number from 1 on.
    #[inline]
    pub(crate) fn of(number: usize) -> Self {
        let value = number as u32 - 1;
        if value < 4 {
            return Self { symbol: value, extra: 0, bits: 0 };
        }
        let high = value.ilog2();
        let bits = high - 1;
        Self { symbol: 2 * high + (value >> bits & 1), extra: value & ((1 << bits) - 1), bits }
    }
}

/// A token as it is written.
#[derive(Clone, Copy)]
pub(crate) enum Symbol {
    Literal(u32),
    Cached(usize),
    Copy { length: Prefixed, distance: Prefixed },
}
