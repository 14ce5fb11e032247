//! JPEG in CMYK, and in YCCK, which encodes CMY as YCbCr.

use obscura_jpeg::{ColorModel, Header, Planes, color};

use super::rows::Rows;
use crate::frame::{Frame, Kind};
use crate::geometry::Size;
use crate::profile::{Cmyk, Embedded};

/// The picture in sRGB: by its profile if it is valid; otherwise by multiplying the inks, as
/// programs without colour management do.
///
/// In practice, CMYK is inverted in every JPEG, with or without Adobe's marker, and all programs
/// read it so.
pub(super) fn decode(planes: &Planes, told: &Header) -> (Frame, Option<Embedded>) {
    let told = &Header { inverted: true, ..told.clone() };
    if let Some(icc) = &told.icc {
        let inks = inks(planes, told);
        if let Some(rgb) = Cmyk::of(icc).and_then(|profile| profile.convert(&inks)) {
            return (frame(rgb, planes.width), Some(Embedded::converted()));
        }
    }
    let rgb = color::to_rgb(planes, told, 3, true);
    (frame(rgb, planes.width), told.icc.as_ref().map(|_| Embedded::unreadable()))
}

/// The interleaved inks, 255 for full ink.
fn inks(planes: &Planes, told: &Header) -> Vec<u8> {
    let (width, height) = (planes.width, planes.height);
    let wide: Vec<_> =
        planes.planes.iter().map(|p| color::widen(p.rows(), width, height, true)).collect();
    let mut inks = vec![0; width * height * 4];
    let mut rgb = vec![0; width * 3];
    for (y, row) in inks.chunks_exact_mut((width * 4).max(1)).enumerate() {
        let [a, b, c, k] = [0, 1, 2, 3].map(|plane| wide.get(plane).map_or(&[][..], |p| p.row(y)));
        let transformed = told.color == ColorModel::Ycck;
        if transformed {
            color::ycc_to_rgb(a, b, c, 3, &mut rgb);
        } else {
            let mixed = a.iter().zip(b).zip(c).flat_map(|((a, b), c)| [*a, *b, *c]);
            rgb.iter_mut().zip(mixed).for_each(|(to, from)| *to = from);
        }
        // YCCK has complements. See `color::to_rgb`.
        let pixels = rgb.as_chunks::<3>().0.iter().zip(k);
        for (ink, (&[r, g, b], &k)) in row.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
            let stored = if transformed { [255 - r, 255 - g, 255 - b, k] } else { [r, g, b, k] };
            *ink = stored.map(|value| 255 - value);
        }
    }
    inks
}

/// A frame from RGB pixels.
pub(super) fn frame(mut rgb: Vec<u8>, width: usize) -> Frame {
    let height = rgb.len() / (width * 3).max(1);
    let mut rows = Rows::new(Kind::Rgb, Size::new(width as u32, height as u32), 1, false);
    rgb.chunks_exact_mut((width * 3).max(1)).for_each(|row| rows.push(row));
    rows.finish()
}
