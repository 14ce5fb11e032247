//! Shared code of the tests.
#![allow(dead_code, reason = "each test takes its part")]

use obscura_jpeg::{ColorModel, Decoder, Error, Header, Planes, color};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// One file's bytes.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The names of all pictures, without their ending.
pub(crate) fn fixtures() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|e| {
            e.unwrap().file_name().into_string().unwrap().strip_suffix(".jpg").map(str::to_string)
        })
        .collect();
    names.sort();
    names
}

pub(crate) fn decode(data: &[u8], scale: u8, match_luma: bool) -> Result<Planes, Error> {
    let mut d = Decoder::new(data)?;
    d.set_scale(scale);
    d.set_match_luma(match_luma);
    d.decode()
}

/// All components at full size, interleaved, as libjpeg outputs them: YCCK becomes CMYK.
pub(crate) fn interleaved(picture: &Planes, header: &Header) -> Vec<u8> {
    let (w, h) = (picture.width, picture.height);
    let planes: Vec<_> =
        picture.planes.iter().map(|p| color::widen(p.rows(), w, h, true)).collect();
    let mut out = Vec::new();
    for y in 0..h {
        let rows: Vec<&[u8]> = planes.iter().map(|p| p.row(y)).collect();
        if header.color == ColorModel::Ycck {
            let mut rgb = vec![0; w * 3];
            color::ycc_to_rgb(rows[0], rows[1], rows[2], 3, &mut rgb);
            for (pixel, k) in rgb.chunks_exact(3).zip(rows[3]) {
                out.extend(pixel.iter().map(|v| 255 - v));
                out.push(*k);
            }
        } else {
            (0..w).for_each(|x| out.extend(rows.iter().map(|r| r[x])));
        }
    }
    out
}
