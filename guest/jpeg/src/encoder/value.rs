//! The value of a coefficient: its representation, and its size category (T.81, F.1.2).

/// Coefficients are in sixteenths of a quantisation step until they are coded.
pub(crate) const STEP: u32 = 4;

/// The quantised value of a coefficient in sixteenths.
#[inline(always)]
pub(crate) fn rounded(sixteenths: i16) -> i16 {
    (sixteenths + (1 << (STEP - 1))) >> STEP
}

/// The size category of a value, at most 15.
#[inline(always)]
pub(crate) const fn magnitude(v: i32) -> u32 {
    (32 - v.unsigned_abs().leading_zeros()) & 15
}

/// The extra bits of a value.
#[inline(always)]
pub(crate) const fn extra(v: i32, size: u32) -> u32 {
    (v + (v >> 31)) as u32 & ((1 << size) - 1)
}
