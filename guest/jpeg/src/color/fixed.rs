//! Fixed point, and how many pixels are converted at once.

/// Pixels that are converted at once: enough for the compiler to use vectors.
pub(super) const LANES: usize = 16;

/// `round(x * 65536)`.
pub(super) const fn fix(x: f64) -> i32 {
    (x * 65536.0 + 0.5) as i32
}
