//! The step that checks the file's size and format.

use super::{Refusal, Step};
use crate::code::Code;

/// The maximum size of a component.
pub const MAX_COMPONENT_BYTES: u64 = 64 << 20;

/// Check its size and its first bytes.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let refuse =
        |code, message: String, remedy| Err(Refusal::new(code, Step::File, message, remedy));
    let size = bytes.len() as u64;
    if size > MAX_COMPONENT_BYTES {
        return Err(too_large(size));
    }
    match bytes {
        [] => refuse(
            Code::ComponentEmpty,
            "the file has no bytes".to_owned(),
            "Upload it again; check that the build was completed.",
        ),
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => refuse(
            Code::CoreModule,
            "it is a core WebAssembly module, not a component".to_owned(),
            "Build for wasm32-wasip2, or make a component of it with `wasm-tools component new`.",
        ),
        [0, b'a', b's', b'm', ..] => refuse(
            Code::ComponentMalformed,
            "it is WebAssembly of an unknown layer or version, or truncated".to_owned(),
            "Build it with current tools, and upload the whole file.",
        ),
        // Wasmtime's artifacts are ELF files.
        [0x7f, b'E', b'L', b'F', ..] => refuse(
            Code::CompiledArtifact,
            "it is compiled code, not a component".to_owned(),
            "Upload the component itself: only code that Obscura has compiled is run.",
        ),
        [first, ..] => refuse(
            Code::NotWebassembly,
            format!("it is not WebAssembly: it begins with the byte {first:#04x}"),
            "Upload the component: a file that begins with \\0asm.",
        ),
    }
}

/// The refusal for a file of this size, without reading it.
pub fn too_large(size: u64) -> Refusal {
    Refusal::new(
        Code::ComponentTooLarge,
        Step::File,
        format!("it has {size} bytes; {MAX_COMPONENT_BYTES} are allowed"),
        "Strip debug information, optimise for size, remove what is not needed.",
    )
}
