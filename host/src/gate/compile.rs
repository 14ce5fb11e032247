//! The step that compiles it for this program's engine.

use super::{Refusal, Step};
use crate::code::Code;
use crate::sandbox::{Artifact, Sandbox};

/// Compile it. `apart` limits time and memory from outside.
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
