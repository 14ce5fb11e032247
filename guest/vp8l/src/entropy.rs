//! The number of bits that symbols take.

use std::sync::LazyLock;

/// The size of the lookup table of products.
const KNOWN: usize = 4096;

static PRODUCTS: LazyLock<Vec<f32>> = LazyLock::new(|| (0..KNOWN as u32).map(compute).collect());

fn compute(count: u32) -> f32 {
    if count == 0 { 0.0 } else { count as f32 * (count as f32).log2() }
}

/// A count times its logarithm.
pub(crate) struct Products(&'static [f32]);

impl Products {
    pub(crate) fn new() -> Self {
        Self(&PRODUCTS)
    }

    #[inline(always)]
    pub(crate) fn of(&self, count: u32) -> f32 {
        self.0.get(count as usize).copied().unwrap_or_else(|| compute(count))
    }

    /// Bits of symbols with these counts, without their codes.
    pub(crate) fn bits(&self, counts: &[u32]) -> f32 {
        let total: u32 = counts.iter().sum();
        let sum: f32 = counts.iter().map(|&count| self.of(count)).sum();
        (self.of(total) - sum).max(0.0)
    }
}

/// The unit of costs, in fractions of a bit.
pub(crate) const BIT: u32 = 64;

/// The cost of each symbol, in fractions of a bit; an unseen symbol counts as seen half a time.
pub(crate) fn prices(counts: &[u32], out: &mut [u32]) {
    let total: u32 = counts.iter().sum();
    let all = (total.max(1) as f32).log2();
    let price = |count: f32| ((all - count.log2()) * BIT as f32).max(0.0) as u32;
    let unseen = price(0.5);
    for (out, &count) in out.iter_mut().zip(counts) {
        *out = if count == 0 { unseen } else { price(count as f32) };
    }
}

/// Costs of differences, by their lowest byte: about the logarithm of their size.
pub(crate) fn logarithms() -> [u32; 256] {
    std::array::from_fn(|value| {
        let size = (value as u8 as i8).unsigned_abs();
        ((1.0 + f32::from(size)).log2() * BIT as f32) as u32
    })
}
