//! Single symbols, for progressive scans.

use super::codes::Codes;
use super::spec::Spec;
use crate::source::{Bits, Source};

/// A table for a progressive scan: symbols only.
pub(crate) struct Symbols(Codes);

impl Symbols {
    pub(crate) fn new(spec: &Spec) -> Self {
        Self(Codes::new(spec))
    }

    /// One symbol. Needs 16 bits.
    #[inline(always)]
    pub(crate) fn decode<R>(&self, bits: &mut Bits, source: &mut Source<R>) -> u8 {
        self.0.symbol(bits, source)
    }
}
