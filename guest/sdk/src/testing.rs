//! Run a transform without a sandbox, in an ordinary `#[test]`.

use crate::adapter;
use crate::error::Error;
use crate::output::{Output, Rendition};
use crate::source::{Limits, Source};
use crate::transform::Transform;

/// Obscura's default limits.
pub const DEFAULT_LIMITS: Limits =
    Limits { max_pixels: 100_000_000, max_frames: 1_000, max_memory: 512 << 20 };

/// Render `picture` with `parameters` (JSON text; empty for the defaults), and return the
/// renditions.
///
/// # Errors
/// The transform's error.
pub fn render<T: Transform>(
    picture: &[u8],
    parameters: &str,
    limits: Limits,
) -> Result<Vec<Rendition>, Error> {
    let mut output = Output::collecting();
    let parameters = adapter::parse::<T>(parameters)?;
    T::transform(&mut Source::bytes("test", picture, limits), &parameters, &mut output)?;
    Ok(output.into_collected())
}
