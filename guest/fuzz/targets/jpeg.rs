//! A JPEG: strictly and leniently, whole and strip by strip, at every scale.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{settings, still};
use obscura_jpeg::{Decoder, Error, Planes};
use obscura_picture::Format;

/// The most pixels, and bytes of memory.
const LIMITS: (u64, u64) = (1 << 16, 1 << 20);

fn decoder(file: &[u8], byte: u8, lenient: bool) -> Result<Decoder<&[u8]>, Error> {
    let mut decoder = Decoder::new(file)?;
    decoder.set_scale(1 + byte % 8);
    decoder.set_match_luma(byte & 8 != 0);
    if byte & 16 != 0 {
        decoder.set_chroma_scale(1 + byte % 8);
    }
    decoder.set_lenient(lenient);
    decoder.set_limits(LIMITS.0, LIMITS.1);
    Ok(decoder)
}

fn whole(file: &[u8], byte: u8, lenient: bool) -> Result<Planes, Error> {
    let planes = decoder(file, byte, lenient)?.decode()?;
    assert!(planes.planes.iter().map(|plane| plane.data.len() as u64).sum::<u64>() <= LIMITS.1);
    Ok(planes)
}

/// Strips must be the rows of whole planes.
fn strips(file: &[u8], byte: u8, lenient: bool, planes: &Planes) -> Result<(), Error> {
    let mut decoder = decoder(file, byte, lenient)?;
    let mut rows = vec![0; planes.planes.len()];
    while let Some(strip) = decoder.next_strip()? {
        for ((part, plane), y) in strip.planes.iter().zip(&planes.planes).zip(&mut rows) {
            for row in 0..part.height {
                assert_eq!(part.row(row), plane.row(*y + row), "row {}", *y + row);
            }
            *y += part.height;
        }
    }
    assert!(rows.iter().zip(&planes.planes).all(|(rows, plane)| *rows == plane.height));
    assert_eq!(decoder.truncated(), planes.truncated);
    Ok(())
}

fuzz_target!(|file: &[u8]| {
    let byte = settings(file);
    let strict = whole(file, byte, false);
    let lenient = whole(file, byte, true);
    if let Ok(planes) = &lenient {
        strips(file, byte, true, planes).expect("strips of a file that is read whole");
    }
    if let Ok(planes) = &strict {
        assert!(!planes.truncated);
        assert_eq!(lenient.as_ref().ok(), Some(planes));
        strips(file, byte, false, planes).expect("strips of a file that is read whole");
    }
    still(Format::Jpeg, file);
});
