//! The gate's checks of an uploaded component before compilation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::fuzzing::inspected;

fuzz_target!(|component: &[u8]| {
    let _ = inspected(component);
});
