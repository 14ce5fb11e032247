//! AWS's prices: us-east-1, x86_64, in dollars. Other regions and arm64 differ by up to a third.

/// <https://aws.amazon.com/lambda/pricing/>
pub(super) const GIGABYTE_SECOND: f64 = 0.000_016_666_7;
/// An invocation; the same page.
pub(super) const REQUEST: f64 = 0.000_000_2;
/// <https://aws.amazon.com/s3/pricing/>
pub(super) const READ: f64 = 0.000_000_4;
/// The same page.
pub(super) const WRITE: f64 = 0.000_005;
/// A new picture takes five reads and five writes.
pub(super) const STORAGE: f64 = 5.0 * READ + 5.0 * WRITE;
/// <https://aws.amazon.com/lambda/pricing/>, "Lambda@Edge pricing".
pub(super) const EDGE_GIGABYTE_SECOND: f64 = 0.000_050_01;
/// The same.
pub(super) const EDGE_REQUEST: f64 = 0.000_000_6;
/// <https://aws.amazon.com/api-gateway/pricing/>: a REST API's request.
pub(super) const GATEWAY: f64 = 0.000_003_5;
/// <https://aws.amazon.com/s3/pricing/>, "Batch Operations".
const JOB: f64 = 0.25;
/// The same.
const TASK: f64 = 0.000_001;

/// Dollars for a number of pictures of this many seconds each.
pub(super) fn pictures(count: u64, seconds: f64, memory_mb: f64) -> f64 {
    count as f64 * (seconds * memory_mb / 1024.0 * GIGABYTE_SECOND + REQUEST + STORAGE)
}

/// Dollars for jobs with a number of pictures of that size.
pub(super) fn jobs(count: u64, size: u64) -> f64 {
    count.div_ceil(size) as f64 * JOB + count as f64 * TASK
}

#[cfg(test)]
mod tests {
    use super::{jobs, pictures};

    #[test]
    fn the_prices_are_as_published() {
        // A million pictures of half a second with 1,769 MB: 863,769 gigabyte-seconds.
        let sum = pictures(1_000_000, 0.5, 1769.0);
        assert!((sum - (14.40 + 0.20 + 27.00)).abs() < 0.01, "{sum}");
        // Ten jobs, and a dollar for a million tasks.
        assert!((jobs(1_000_000, 100_000) - 3.50).abs() < 1e-9);
    }
}
