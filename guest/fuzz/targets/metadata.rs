//! EXIF, XMP and IPTC, in any container and bare. A written credit must be read back unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_picture::Format;
use obscura_picture::decode::chunks;
use obscura_picture::metadata::{Blocks, Credit, orientation};
use obscura_picture::orientation::Orientation;

fuzz_target!(|data: &[u8]| {
    let _ = Format::sniff(data);
    let _ = orientation(data);
    let _ = Orientation::from_exif(data);
    assert!(chunks(data).map(|(_, body)| body.len()).sum::<usize>() <= data.len());
    let block = || Some(data.to_vec());
    let kinds = [
        Blocks { exif: block(), ..Blocks::default() },
        Blocks { xmp: block(), ..Blocks::default() },
        Blocks { iptc: block(), ..Blocks::default() },
        Blocks::of_tiff(data),
    ];
    for credit in kinds.iter().filter_map(Blocks::credit) {
        again(&credit);
    }
});

fn again(credit: &Credit) {
    let xmp = Blocks { xmp: Some(credit.xmp().into_bytes()), ..Blocks::default() };
    let read = xmp.credit().expect("XMP that was written is read");
    assert_eq!(format!("{read:?}"), format!("{credit:?}"));
    let exif = Blocks { exif: Some(credit.exif()), ..Blocks::default() };
    let read = exif.credit().unwrap_or_default();
    assert_eq!((&read.creator, &read.copyright), (&credit.creator, &credit.copyright));
}
