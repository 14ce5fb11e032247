//! Fixed point, and the block size of conversions.

/// Pixels per block: enough for the compiler to vectorise.
pub(super) const LANES: usize = 16;

/// `round(x * 65536)`.
pub(super) const fn fix(x: f64) -> i32 {
    (x * 65536.0 + 0.5) as i32
}
