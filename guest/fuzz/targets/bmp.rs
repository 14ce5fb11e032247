//! A file that is read as BMP.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::still;
use obscura_picture::Format;

fuzz_target!(|file: &[u8]| still(Format::Bmp, file));
