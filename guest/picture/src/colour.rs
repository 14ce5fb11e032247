//! Conversions between kinds of frames, and between planes and pixels.

use std::borrow::Cow;

use obscura_jpeg::color::{halve_rows, rgb_to_ycc, ycc_to_rgb};

use crate::frame::{Frame, Kind, Raster};
use crate::geometry::{Canvas, Region, Size};
use crate::resample::{Chroma, resize};

/// The interleaved pixels of a frame: one value per plane, and RGB for [`Kind::Ycc`], which must
/// have full chroma. Not premultiplied.
pub fn pixels(frame: &Frame) -> Vec<u8> {
    match frame.kind {
        Kind::Luma => frame.plane(0).to_vec(),
        Kind::Ycc => {
            let mut rgb = vec![0; frame.plane(0).len() * 3];
            ycc_to_rgb(frame.plane(0), frame.plane(1), frame.plane(2), 3, &mut rgb);
            rgb
        }
        Kind::Rgb => {
            let mut pixels = vec![0; frame.plane(0).len() * 3];
            let planes = frame.plane(0).iter().zip(frame.plane(1)).zip(frame.plane(2));
            for (pixel, ((&r, &g), &b)) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(planes) {
                *pixel = [r, g, b];
            }
            pixels
        }
        Kind::Rgba => straight(frame),
    }
}

/// The un-premultiplied pixels of a [`Kind::Rgba`] frame.
pub fn straight(frame: &Frame) -> Vec<u8> {
    let mut pixels = vec![0; frame.plane(0).len() * 4];
    let colours = frame.plane(0).iter().zip(frame.plane(1)).zip(frame.plane(2));
    let planes = colours.zip(frame.plane(3));
    for (pixel, (((&r, &g), &b), &alpha)) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(planes) {
        let opacity = u16::from(alpha);
        let raised = |value: u8| {
            let raised = u16::from(value) * 255 + opacity / 2;
            raised.checked_div(opacity).unwrap_or(0).min(255) as u8
        };
        *pixel =
            if alpha == 255 { [r, g, b, alpha] } else { [raised(r), raised(g), raised(b), alpha] };
    }
    pixels
}

/// The un-premultiplied colours of a [`Kind::Rgba`] frame without alpha.
pub fn without_opacity(frame: &Frame) -> Frame {
    let pixels = straight(frame);
    let rgb = pixels.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, _]| [r, g, b]);
    from_pixels(frame.size, &rgb.collect::<Vec<u8>>(), None)
}

/// A frame from RGB or RGBA pixels.
pub fn from_pixels(size: Size, rgb: &[u8], opacity: Option<Raster>) -> Frame {
    let plane = |channel: usize| {
        let samples = rgb.iter().skip(channel).step_by(3);
        Raster::new(
            size,
            match &opacity {
                None => samples.copied().collect(),
                Some(alpha) => {
                    samples.zip(&alpha.samples).map(|(&v, &alpha)| weighted(v, alpha)).collect()
                }
            },
        )
    };
    let mut rasters: Vec<Raster> = (0..3).map(plane).collect();
    let kind = if opacity.is_some() { Kind::Rgba } else { Kind::Rgb };
    rasters.extend(opacity);
    Frame::new(kind, rasters)
}

/// The frame in RGB. A [`Kind::Ycc`] frame must have full chroma.
pub fn into_rgb(frame: Frame) -> Frame {
    match frame.kind {
        Kind::Rgb | Kind::Rgba => frame,
        Kind::Luma => {
            let rasters = frame.rasters.iter().cycle().take(3).cloned().collect();
            Frame::new(Kind::Rgb, rasters)
        }
        Kind::Ycc => from_pixels(frame.size, &pixels(&frame), None),
    }
}

/// The whole picture in grey or RGB, with full chroma.
pub fn whole(frame: &Frame) -> Cow<'_, Frame> {
    if frame.kind.has_chroma() {
        Cow::Owned(into_rgb(resize(frame, Region::WHOLE, frame.size, Chroma::Full)))
    } else {
        Cow::Borrowed(frame)
    }
}

/// An opaque frame as YCbCr, or as luma only, with chroma halved in each direction if `chroma` says
/// so, or as it is.
pub fn into_ycc(mut frame: Frame, chroma: Chroma) -> Frame {
    if frame.kind != Kind::Rgb {
        let size = frame.size;
        for raster in frame.rasters.iter_mut().skip(1) {
            if chroma == Chroma::Half && raster.size == size {
                *raster = halved(raster);
            }
        }
        return frame;
    }
    let size = frame.size;
    let rgb = pixels(&frame);
    let mut planes = [(); 3].map(|()| vec![0; rgb.len() / 3]);
    let [y, cb, cr] = &mut planes;
    rgb_to_ycc(&rgb, 3, y, cb, cr);
    let [y, cb, cr] = planes.map(|samples| Raster::new(size, samples));
    let (cb, cr) = match chroma {
        Chroma::Full => (cb, cr),
        Chroma::Half => (halved(&cb), halved(&cr)),
    };
    Frame::new(Kind::Ycc, vec![y, cb, cr])
}

/// A plane of half the size, by averaging.
fn halved(plane: &Raster) -> Raster {
    let Size { width, height } = plane.size;
    let size = Size::new(width.div_ceil(2), height.div_ceil(2));
    let mut samples = vec![0; size.width as usize * size.height as usize];
    let pairs = plane.samples.chunks((width as usize * 2).max(1));
    for (pair, target) in pairs.zip(samples.chunks_exact_mut((size.width as usize).max(1))) {
        let (upper, lower) = pair.split_at((width as usize).min(pair.len()));
        halve_rows(upper, if lower.is_empty() { upper } else { lower }, target);
    }
    let covered = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    Raster { covered, ..Raster::new(size, samples) }
}

/// Flatten a transparent frame onto an opaque RGB background.
pub fn flatten(frame: Frame, background: [u8; 3]) -> Frame {
    if !frame.kind.has_alpha() {
        return frame;
    }
    let Frame { mut rasters, .. } = frame;
    let Some(opacity) = rasters.pop() else { return Frame::new(Kind::Rgb, rasters) };
    for (raster, under) in rasters.iter_mut().zip(background) {
        for (value, alpha) in raster.samples.iter_mut().zip(&opacity.samples) {
            *value = value.saturating_add(weighted(under, 255 - alpha));
        }
    }
    Frame::new(Kind::Rgb, rasters)
}

/// `value` × `alpha` / 255, rounded.
pub fn weighted(value: u8, alpha: u8) -> u8 {
    let product = u16::from(value) * u16::from(alpha) + 128;
    // Exact, as x / 255 is (x + x / 256) / 256 for such x.
    ((product + (product >> 8)) >> 8) as u8
}

/// Place a frame on a larger canvas of one RGBA colour.
pub fn pad(frame: Frame, canvas: Canvas, background: [u8; 4]) -> Frame {
    let mut frame = into_rgb(frame);
    let [red, green, blue, alpha] = background;
    if alpha != 255 && !frame.kind.has_alpha() {
        frame.rasters.push(Raster::new(frame.size, vec![255; frame.plane(0).len()]));
        frame.kind = Kind::Rgba;
    }
    let [r, g, b] = [red, green, blue]
        .map(|value| if frame.kind.has_alpha() { weighted(value, alpha) } else { value });
    let planes = frame.rasters.iter().zip([r, g, b, alpha]);
    let rasters = planes.map(|(raster, fill)| {
        let width = canvas.size.width as usize;
        let mut samples = vec![fill; width * canvas.size.height as usize];
        let left = canvas.left as usize;
        let targets = samples.chunks_exact_mut(width.max(1)).skip(canvas.top as usize);
        for (target, row) in targets.zip(raster.rows()) {
            if let Some(target) = target.get_mut(left..left + row.len()) {
                target.copy_from_slice(row);
            }
        }
        Raster::new(canvas.size, samples)
    });
    Frame::new(frame.kind, rasters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: Kind, size: Size, pixels: &[u8]) -> Frame {
        let count = kind.planes();
        let plane = |channel| pixels.iter().skip(channel).step_by(count).copied().collect();
        Frame::new(kind, (0..count).map(|c| Raster::new(size, plane(c))).collect())
    }

    #[test]
    fn rgb_survives_the_way_there_and_back() {
        let size = Size::new(3, 3);
        for colour in [[0; 3], [255; 3], [255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 99, 200]] {
            let rgb = frame(Kind::Rgb, size, &colour.repeat(9));
            let half = into_ycc(rgb.clone(), Chroma::Half);
            assert_eq!(half.rasters[1].size, Size::new(2, 2));
            assert_eq!(half.rasters[1].covered, (1.5, 1.5));
            let back = pixels(&into_ycc(rgb, Chroma::Full));
            for (a, b) in back.iter().zip(colour.iter().cycle()) {
                assert!(a.abs_diff(*b) <= 2, "{colour:?} {a} {b}");
            }
        }
    }

    #[test]
    fn flattening_blends() {
        let rgba = [10, 20, 30, 255, 0, 0, 0, 0, 0, 0, 0, 128];
        let flat = flatten(frame(Kind::Rgba, Size::new(3, 1), &rgba), [200; 3]);
        assert_eq!(pixels(&flat), [10, 20, 30, 200, 200, 200, 100, 100, 100]);
    }

    #[test]
    fn weights_are_exact() {
        for value in 0..=255u8 {
            for alpha in 0..=255u8 {
                let exact = (f64::from(value) * f64::from(alpha) / 255.0).round() as u8;
                assert_eq!(weighted(value, alpha), exact);
            }
        }
    }
}
