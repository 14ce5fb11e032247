//! Non-conforming files that libjpeg decodes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails so")]

mod common;

use common::{decode, fixture};
use obscura_jpeg::{ColorModel, Decoder};

/// A file split at its segments: each with its marker, the last with all the rest.
fn segments(file: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = vec![file[..2].to_vec()];
    let mut at = 2;
    loop {
        let length = 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        if file[at + 1] == 0xda {
            parts.push(file[at..].to_vec());
            return parts;
        }
        parts.push(file[at..at + length].to_vec());
        at += length;
    }
}

#[test]
fn files_without_huffman_tables_have_the_standard_ones() {
    let whole = fixture("s420.jpg");
    let reference = decode(&whole, 8, false).unwrap();
    let parts = segments(&whole);
    // The test is only meaningful if the fixture is coded with them.
    let bare: Vec<u8> = parts.iter().filter(|p| p[1] != 0xc4).flatten().copied().collect();
    assert!(bare.len() < whole.len());
    assert_eq!(decode(&bare, 8, false).unwrap(), reference);
}

#[test]
fn components_with_the_same_identifier_go_by_their_order() {
    let whole = fixture("s420.jpg");
    let reference = decode(&whole, 8, false).unwrap();
    for ids in [[1, 1, 1], [0, 0, 1], [7, 200, 7], [0, 1, 2]] {
        let parts = segments(&whole).into_iter().map(|mut part| {
            match part[1] {
                0xc0 => (0..3).for_each(|c| part[10 + 3 * c] = ids[c]),
                0xda => (0..3).for_each(|c| part[5 + 2 * c] = ids[c]),
                _ => {}
            }
            part
        });
        let changed = parts.flatten().collect::<Vec<u8>>();
        assert_eq!(decode(&changed, 8, false).unwrap(), reference, "{ids:?}");
        assert_eq!(Decoder::new(&changed[..]).unwrap().header().color, ColorModel::YCbCr);
    }
}

#[test]
fn empty_segments_and_bytes_between_segments_are_passed_over() {
    let whole = fixture("s420.jpg");
    let reference = decode(&whole, 8, false).unwrap();
    for length in [0, 1, 2] {
        let empty = [0xff, 0xe5, 0, length, 0xff, 0xfe, 0, length];
        let file = [&whole[..2], &empty, b"\0rubbish\xff\0", &whole[2..]].concat();
        assert_eq!(decode(&file, 8, false).unwrap(), reference, "{length}");
    }
}

#[test]
fn adobe_s_marker_tells_the_colours_as_libjpeg_has_it() {
    let whole = fixture("s444.jpg");
    let without: Vec<u8> =
        segments(&whole).into_iter().filter(|p| p[1] != 0xe0).flatten().collect();
    let adobe = |transform| [b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0", &[transform][..]].concat();
    let with = |marker: &[u8]| [&without[..2], marker, &without[2..]].concat();
    let colours = |file: &[u8]| Decoder::new(file).unwrap().header().color;
    for (transform, expected) in
        [(0, ColorModel::Rgb), (1, ColorModel::YCbCr), (2, ColorModel::YCbCr)]
    {
        assert_eq!(colours(&with(&adobe(transform))), expected);
        // JFIF comes first.
        let jfif = b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
        assert_eq!(colours(&with(&[&jfif[..], &adobe(transform)].concat())), ColorModel::YCbCr);
    }
    // A segment that is too short to be valid.
    assert_eq!(colours(&with(b"\xff\xee\0\x0bAdobe\0\x64\0\0")), ColorModel::YCbCr);
    let inks = fixture("cmyk_plain.jpg");
    let inks: Vec<u8> =
        segments(&inks).into_iter().filter(|p| !matches!(p[1], 0xe0 | 0xee)).flatten().collect();
    for (transform, expected) in
        [(0, ColorModel::Cmyk), (1, ColorModel::Ycck), (2, ColorModel::Ycck)]
    {
        let file = [&inks[..2], &adobe(transform), &inks[2..]].concat();
        assert_eq!(colours(&file), expected);
    }
    assert_eq!(colours(&inks), ColorModel::Cmyk);
}
