//! What the gate does with an uploaded component before anything of it is compiled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::fuzzing::inspected;

fuzz_target!(|component: &[u8]| {
    let _ = inspected(component);
});
