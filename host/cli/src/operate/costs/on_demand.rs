//! Compares the cost of a family of renditions, made at upload or on request, by this and other
//! projects. `terraform/docs/costs.md` lists the assumptions.

use super::super::prices::{
    EDGE_GIGABYTE_SECOND, EDGE_REQUEST, GATEWAY, GIGABYTE_SECOND, READ, REQUEST, WRITE,
};
use super::MILLION;

/// Four widths in two formats.
const FAMILY: f64 = 8.0;
/// Two renditions each of a fifth of the pictures are ever viewed.
const LOOKED_AT: f64 = 0.2;
const ASKED: f64 = 2.0;
/// Seconds for one rendition, and for one more of an already decoded picture.
const ONE: f64 = 0.069;
const MORE: f64 = 0.008;
/// The same for Pillow.
const PILLOW_ONE: f64 = 0.170;
const PILLOW_MORE: f64 = 0.020;
/// Seconds for S3.
const AROUND: f64 = 0.060;
const MEMORY_MB: f64 = 1769.0;
/// Requests per rendition that miss the caches: in other regions, and after evictions.
const MISSES: f64 = 5.0;

/// Dollars for a million pictures.
pub(super) struct Way {
    pub(super) name: &'static str,
    /// Compute, S3's reads, its writes.
    pub(super) parts: [f64; 3],
}

/// The alternatives.
pub(super) fn ways() -> Vec<Way> {
    let runs = |calls: f64, seconds: f64, price: f64, call: f64| {
        calls * (seconds * MEMORY_MB / 1024.0 * price + call)
    };
    let lambda = |calls: f64, seconds: f64| runs(calls, seconds, GIGABYTE_SECOND, REQUEST);
    let asked = MILLION * LOOKED_AT * ASKED;
    let misses = asked * MISSES;
    let at_upload = [MILLION * 5.0 * READ, MILLION * (FAMILY + 1.0) * WRITE];
    let whole = AROUND + ONE + MORE * (FAMILY - 1.0);
    let pillow = AROUND + PILLOW_ONE + PILLOW_MORE * (FAMILY - 1.0);
    // Reads at upload and on request, including the bucket, which is tried first each time.
    let reads = (MILLION * 5.0 + asked * 7.0 + misses) * READ;
    let way = |name, parts| Way { name, parts };
    vec![
        way("Obscura, all at upload", [lambda(MILLION, whole), at_upload[0], at_upload[1]]),
        way(
            "Obscura, on demand",
            [
                lambda(MILLION, AROUND) + lambda(asked, AROUND + ONE),
                reads,
                (MILLION + asked * 2.0) * WRITE,
            ],
        ),
        way("Pillow, all at upload", [lambda(MILLION, pillow), at_upload[0], at_upload[1]]),
        way("DIT", [lambda(misses, AROUND + ONE) + misses * GATEWAY, misses * READ, 0.0]),
        way(
            "Lambda@Edge that stores",
            [
                runs(asked, AROUND + ONE, EDGE_GIGABYTE_SECOND, EDGE_REQUEST)
                    + (misses - asked) * EDGE_REQUEST,
                (misses + asked) * READ,
                asked * WRITE,
            ],
        ),
    ]
}
