//! It compiles for this program's engine.

use super::{Refusal, Step};
use crate::code::Code;
use crate::sandbox::{Artifact, Sandbox};

/// Compile it. How long that takes, and how much memory, is bounded from
/// outside: see `apart`.
pub(super) fn compile(sandbox: &Sandbox, component: &[u8]) -> Result<Artifact, Refusal> {
    Artifact::compile(sandbox, component).map_err(|error| {
        Refusal::new(
            Code::ComponentInvalid,
            Step::Compile,
            format!("it is not valid WebAssembly for this host: {error:#}"),
            "Build it with current tools; threads, 64-bit memories and garbage collection are off.",
        )
    })
}
