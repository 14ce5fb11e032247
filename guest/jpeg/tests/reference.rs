//! Comparison with libjpeg-turbo: every fixture, sample by sample. `reference/make.py` makes them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails so")]

mod common;

use common::{decode, fixture, fixtures, interleaved};
use obscura_jpeg::{ColorModel, Decoder};

#[test]
fn every_fixture_decodes_within_one_level_of_libjpeg() {
    let names = fixtures();
    assert!(names.len() > 40, "the fixtures are there");
    for name in names {
        let data = fixture(&format!("{name}.jpg"));
        let expected = fixture(&format!("{name}.raw"));
        let decoder = Decoder::new(data.as_slice()).unwrap();
        let header = decoder.header().clone();
        let ours = interleaved(&decoder.decode().unwrap(), &header);
        assert_eq!(ours.len(), expected.len(), "{name}: size");
        // YCCK passes through RGB on libjpeg's side, where a level of chrominance is two.
        let tolerance = if header.color == ColorModel::Ycck { 3 } else { 1 };
        for (i, (a, b)) in ours.iter().zip(&expected).enumerate() {
            assert!(a.abs_diff(*b) <= tolerance, "{name}, sample {i}: {a}, libjpeg {b}");
        }
    }
}

/// At 1/8, both use only the DC coefficient. At 1/4 and 1/2, libjpeg-turbo averages neighbours of
/// the full transform (`jidctred`), while this crate uses only the low frequencies, as `jidctint`
/// does for all other sizes; means agree, single samples at edges need not.
#[test]
fn scaled_luminance_agrees_with_libjpeg_on_average() {
    for name in ["baseline_scaled", "progressive_420"] {
        let data = fixture(&format!("{name}.jpg"));
        for (scale, mean) in [(1u8, 0.0), (2, 6.0), (4, 6.0)] {
            let expected = fixture(&format!("{name}.{scale}.raw"));
            let luma = decode(&data, scale, false).unwrap().planes.swap_remove(0);
            assert_eq!(luma.width * luma.height * 3, expected.len(), "{name} at {scale}/8");
            let mut sum = 0;
            let mut bias = 0i64;
            for (i, theirs) in expected.chunks_exact(3).enumerate() {
                let ours = luma.row(i / luma.width)[i % luma.width];
                sum += u64::from(ours.abs_diff(theirs[0]));
                bias += i64::from(ours) - i64::from(theirs[0]);
            }
            let n = (luma.width * luma.height) as f64;
            assert!(sum as f64 / n <= mean, "{name} at {scale}/8: {} apart", sum as f64 / n);
            assert!(
                (bias as f64 / n).abs() <= 0.5,
                "{name} at {scale}/8: {} brighter",
                bias as f64 / n
            );
        }
    }
}

#[test]
fn baseline_and_progressive_agree_at_every_scale() {
    for name in ["progressive_444", "progressive_422", "progressive_420", "progressive_grey"] {
        // The scan order does not matter: the coefficients that a scale keeps give the same samples
        // as the low frequencies of the full-size picture.
        let data = fixture(&format!("{name}.jpg"));
        let header = Decoder::new(data.as_slice()).unwrap().header().clone();
        for scale in 1..=8 {
            for match_luma in [false, true] {
                let p = decode(&data, scale, match_luma).unwrap();
                let scaled = |v: u32| (v as usize * usize::from(scale)).div_ceil(8);
                assert_eq!((p.width, p.height), (scaled(header.width), scaled(header.height)));
                assert_eq!(p.planes[0].width, p.width);
                if match_luma && scale <= 4 && p.planes.len() == 3 && name != "progressive_422" {
                    assert_eq!(p.planes[1].width, p.width, "chrominance matches luminance");
                }
            }
        }
    }
}

#[test]
fn chroma_may_be_smaller_than_luma() {
    for name in ["s444", "s422", "s420", "progressive_420", "separate_scans"] {
        let data = fixture(&format!("{name}.jpg"));
        for (luma, chroma) in [(8, 4), (5, 4), (3, 1), (2, 7)] {
            let mut decoder = Decoder::new(data.as_slice()).unwrap();
            decoder.set_scale(luma);
            decoder.set_chroma_scale(chroma);
            let planes = decoder.decode().unwrap().planes;
            assert_eq!(planes[0], decode(&data, luma, false).unwrap().planes[0], "{name}");
            let small = decode(&data, chroma.min(luma), false).unwrap().planes;
            assert_eq!(planes[1..], small[1..], "{name}: {luma} and {chroma} eighths");
        }
    }
}

#[test]
fn headers_are_read() {
    let header = |name: &str| {
        Decoder::new(fixture(&format!("{name}.jpg")).as_slice()).unwrap().header().clone()
    };
    let h = header("metadata");
    assert_eq!(h.icc.map(|p| p.len()), Some(76_800), "a profile in two segments");
    assert_eq!(h.exif.as_deref().map(|e| &e[..4]), Some(&b"II*\0"[..]));
    assert_eq!((h.width, h.height, h.progressive), (61, 43, false));
    assert_eq!(header("s420").color, ColorModel::YCbCr);
    assert_eq!(header("grey").color, ColorModel::Gray);
    assert_eq!(header("rgb_adobe").color, ColorModel::Rgb);
    assert_eq!(header("rgb_ids").color, ColorModel::Rgb);
    let h = header("ycck");
    assert_eq!((h.color, h.inverted), (ColorModel::Ycck, true));
    let h = header("cmyk_plain");
    assert_eq!((h.color, h.inverted), (ColorModel::Cmyk, false));
    assert!(header("progressive_420").progressive);
}

#[test]
fn strips_are_the_picture() {
    for name in fixtures() {
        let data = fixture(&format!("{name}.jpg"));
        for (scale, match_luma) in [(8, false), (5, false), (4, true), (1, false)] {
            let whole = decode(&data, scale, match_luma).unwrap();
            let mut d = Decoder::new(data.as_slice()).unwrap();
            d.set_scale(scale);
            d.set_match_luma(match_luma);
            assert_eq!(d.output_size(), (whole.width, whole.height));
            let mut rows = vec![0; whole.planes.len()];
            while let Some(strip) = d.next_strip().unwrap() {
                for ((part, plane), row) in strip.planes.iter().zip(&whole.planes).zip(&mut rows) {
                    assert_eq!(part.width, plane.width);
                    for y in 0..part.height {
                        assert_eq!(part.row(y), plane.row(*row), "{name} at {scale}/8, row {row}");
                        *row += 1;
                    }
                }
            }
            let heights: Vec<usize> = whole.planes.iter().map(|p| p.height).collect();
            assert_eq!(rows, heights, "{name} at {scale}/8");
        }
    }
}
