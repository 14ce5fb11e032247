//! A file that is read as GIF.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::still;
use obscura_picture::Format;

fuzz_target!(|file: &[u8]| still(Format::Gif, file));
