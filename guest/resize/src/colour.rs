//! Between the kinds of samples.

use obscura_jpeg::color::{halve_rows, rgb_to_ycc, ycc_to_rgb};

use crate::frame::{Frame, Kind, Raster};
use crate::geometry::{Canvas, Size};
use crate::parameters::Background;
use crate::resample::Chroma;

/// The frame as red, green and blue. A [`Kind::Ycc`] frame must have as many
/// samples of chroma as of luma.
pub(crate) fn into_rgb(frame: Frame) -> Frame {
    let samples = match frame.kind {
        Kind::Rgb | Kind::Rgba => return frame,
        Kind::Luma => frame.samples().iter().flat_map(|&y| [y; 3]).collect(),
        Kind::Ycc => {
            let [y, cb, cr] = frame.rasters.as_slice() else { return frame };
            let mut rgb = vec![0; y.samples.len() * 3];
            ycc_to_rgb(&y.samples, &cb.samples, &cr.samples, 3, &mut rgb);
            rgb
        }
    };
    Frame::single(Kind::Rgb, Raster::new(frame.size, 3, samples))
}

/// An opaque frame as Y, Cb and Cr, or as luma alone; red, green and blue get
/// half as many samples of chroma in each direction if `chroma` says so.
pub(crate) fn into_ycc(frame: Frame, chroma: Chroma) -> Frame {
    if frame.kind != Kind::Rgb {
        return frame;
    }
    let size = frame.size;
    let pixels = frame.samples().len() / 3;
    let mut planes = [vec![0; pixels], vec![0; pixels], vec![0; pixels]];
    let [y, cb, cr] = &mut planes;
    rgb_to_ycc(frame.samples(), 3, y, cb, cr);
    let [y, cb, cr] = planes.map(|samples| Raster::new(size, 1, samples));
    let (cb, cr) = match chroma {
        Chroma::Full => (cb, cr),
        Chroma::Half => (halved(&cb), halved(&cr)),
    };
    Frame { size, kind: Kind::Ycc, rasters: vec![y, cb, cr] }
}

/// A plane of half the size, each sample the mean of those that it stands for.
fn halved(plane: &Raster) -> Raster {
    let Size { width, height } = plane.size;
    let size = Size::new(width.div_ceil(2), height.div_ceil(2));
    let mut samples = vec![0; size.width as usize * size.height as usize];
    let pairs = plane.samples.chunks(plane.size.width as usize * 2);
    for (pair, target) in pairs.zip(samples.chunks_exact_mut(size.width as usize)) {
        let (upper, lower) = pair.split_at((width as usize).min(pair.len()));
        halve_rows(upper, if lower.is_empty() { upper } else { lower }, target);
    }
    let covered = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    Raster { covered, ..Raster::new(size, 1, samples) }
}

/// Lay a frame that can be transparent on an opaque background.
pub(crate) fn flatten(frame: Frame, background: Background) -> Frame {
    if !frame.kind.has_alpha() {
        return frame;
    }
    let mut rgb = Vec::with_capacity(frame.samples().len() / 4 * 3);
    for &[r, g, b, alpha] in frame.samples().as_chunks::<4>().0 {
        let through = u16::from(255 - alpha);
        for (value, under) in [r, g, b].into_iter().zip(background.rgb) {
            let under = (u16::from(under) * through + 127) / 255;
            rgb.push((u16::from(value) + under).min(255) as u8);
        }
    }
    Frame::single(Kind::Rgb, Raster::new(frame.size, 3, rgb))
}

/// The samples of a [`Kind::Rgba`] frame, no longer premultiplied.
pub(crate) fn straight(frame: &Frame) -> Vec<u8> {
    let mut samples = frame.samples().to_vec();
    for [r, g, b, alpha] in samples.as_chunks_mut::<4>().0 {
        let opacity = u16::from(*alpha);
        if opacity == 255 {
            continue;
        }
        for value in [r, g, b] {
            let raised = u16::from(*value) * 255 + opacity / 2;
            *value = raised.checked_div(opacity).unwrap_or(0).min(255) as u8;
        }
    }
    samples
}

/// Lay a frame of red, green and blue on a larger canvas.
pub(crate) fn pad(frame: Frame, canvas: Canvas, background: Background) -> Frame {
    let [r, g, b] = background.rgb;
    let frame = into_rgb(frame);
    let frame = if background.alpha == 255 { frame } else { with_alpha(frame) };
    let weighted = |value: u8| ((u16::from(value) * u16::from(background.alpha) + 127) / 255) as u8;
    let (fill, channels): (&[u8], usize) = if frame.kind.has_alpha() {
        (&[weighted(r), weighted(g), weighted(b), background.alpha], 4)
    } else {
        (&[r, g, b], 3)
    };
    let Size { width, height } = canvas.size;
    let mut samples = fill.repeat(width as usize * height as usize);
    let stride = width as usize * channels;
    let first = canvas.left as usize * channels;
    let targets = samples.chunks_exact_mut(stride.max(1)).skip(canvas.top as usize);
    for (target, row) in targets.zip(frame.rasters.iter().flat_map(Raster::rows)) {
        if let Some(target) = target.get_mut(first..first + row.len()) {
            target.copy_from_slice(row);
        }
    }
    Frame::single(frame.kind, Raster::new(canvas.size, channels, samples))
}

fn with_alpha(frame: Frame) -> Frame {
    if frame.kind.has_alpha() {
        return frame;
    }
    let rgb = frame.samples().as_chunks::<3>().0;
    let samples = rgb.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    Frame::single(Kind::Rgba, Raster::new(frame.size, 4, samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rgb_survives_the_way_there_and_back() {
        for colour in
            [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 99, 200]]
        {
            let size = Size::new(3, 3);
            let frame = Frame::single(Kind::Rgb, Raster::new(size, 3, colour.repeat(9)));
            for chroma in [Chroma::Full, Chroma::Half] {
                let half = chroma == Chroma::Half;
                let ycc = into_ycc(frame.clone(), chroma);
                let chroma = if half { Size::new(2, 2) } else { size };
                assert_eq!(ycc.rasters[1].size, chroma);
                assert_eq!(ycc.rasters[1].samples.len() as u64, chroma.pixels());
                if !half {
                    let back = into_rgb(ycc);
                    for (a, b) in back.samples().iter().zip(frame.samples()) {
                        assert!(a.abs_diff(*b) <= 2, "{colour:?} {a} {b}");
                    }
                }
            }
        }
    }

    #[test]
    fn flattening_blends() {
        let pixels = vec![10, 20, 30, 255, 0, 0, 0, 0, 0, 0, 0, 128];
        let frame = Frame::single(Kind::Rgba, Raster::new(Size::new(3, 1), 4, pixels));
        let flat = flatten(frame, Background { rgb: [200; 3], alpha: 255 });
        assert_eq!(flat.samples(), [10, 20, 30, 200, 200, 200, 100, 100, 100]);
    }
}
