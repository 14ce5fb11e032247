//! Effects after scaling: blur, sharpening, grey.

mod deep;
mod sample;

use obscura_picture::colour::into_rgb;
use obscura_picture::frame::{Frame, Kind, Raster};

use crate::parameters::Rendition;
use sample::{blurred, sharpen};

pub(crate) use deep::apply_deep;

/// Whether a rendition has any.
pub(crate) fn wanted(rendition: &Rendition) -> bool {
    rendition.blur.is_some() || rendition.sharpen.is_some() || rendition.greyscale
}

/// Apply all effects of a rendition. A [`Kind::Ycc`] frame must have as many samples of chroma as
/// of luma.
pub(crate) fn apply(mut frame: Frame, rendition: &Rendition) -> Frame {
    if rendition.greyscale {
        frame = greyscale(frame);
    }
    if let Some(sigma) = rendition.blur {
        for raster in &mut frame.rasters {
            raster.samples = blurred(&raster.samples, raster.size, sigma);
        }
    }
    if let Some(sigma) = rendition.sharpen {
        frame = sharpened(frame, sigma);
    }
    frame
}

/// Convert to grey, with the weights of Rec. 601, which JPEG uses.
fn greyscale(frame: Frame) -> Frame {
    let mut frame = frame;
    match frame.kind {
        Kind::Luma => {}
        Kind::Ycc => {
            frame.rasters.truncate(1);
            frame.kind = Kind::Luma;
        }
        Kind::Rgb => {
            let grey = luma(&frame);
            frame = Frame::new(Kind::Luma, vec![Raster::new(frame.size, grey)]);
        }
        Kind::Rgba => {
            let grey = luma(&frame);
            frame.rasters.iter_mut().take(3).for_each(|raster| raster.samples.clone_from(&grey));
        }
    }
    frame
}

/// The brightness of each pixel.
pub(crate) fn luma(frame: &Frame) -> Vec<u8> {
    if matches!(frame.kind, Kind::Luma | Kind::Ycc) {
        return frame.plane(0).to_vec();
    }
    let planes = frame.plane(0).iter().zip(frame.plane(1)).zip(frame.plane(2));
    let weigh = |((&r, &g), &b): ((&u8, &u8), &u8)| {
        ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
    };
    planes.map(weigh).collect()
}

/// Sharpen by an unsharp mask of the brightness: the difference from the local mean is added again.
/// Colours do not change, so that there are no coloured edges.
fn sharpened(frame: Frame, sigma: f64) -> Frame {
    let mut frame =
        if frame.kind == Kind::Ycc || frame.kind == Kind::Luma { frame } else { into_rgb(frame) };
    let bright = luma(&frame);
    let mean = blurred(&bright, frame.size, sigma);
    let colours = if frame.kind.has_alpha() || frame.kind == Kind::Rgb { 3 } else { 1 };
    let opacity = frame.kind.has_alpha().then(|| frame.plane(3).to_vec());
    for raster in frame.rasters.iter_mut().take(colours) {
        sharpen(&mut raster.samples, (&bright, &mean), opacity.as_deref(), u8::MAX);
    }
    frame
}

#[cfg(test)]
mod tests {
    use obscura_picture::geometry::Size;

    use super::*;

    fn edge(kind: Kind) -> Frame {
        let row: Vec<u8> = (0..32).map(|x| if x < 16 { 60 } else { 180 }).collect();
        let plane = Raster::new(Size::new(32, 8), row.repeat(8));
        Frame::new(kind, vec![plane; kind.planes()])
    }

    #[test]
    fn blur_keeps_flat_areas_and_softens_edges() {
        let picture = edge(Kind::Luma);
        let out = blurred(picture.plane(0), picture.size, 2.0);
        assert_eq!((out[0], out[31]), (60, 180));
        assert!((61..179).contains(&out[15]) && out[15] < out[16], "{} {}", out[15], out[16]);
    }

    #[test]
    fn sharpening_raises_edges_alone() {
        let rendition = Rendition { sharpen: Some(1.0), ..Rendition::default() };
        for kind in [Kind::Luma, Kind::Rgb] {
            let out = apply(edge(kind), &rendition);
            assert_eq!((out.plane(0)[0], out.plane(0)[31]), (60, 180));
            assert!(out.plane(0)[15] < 60 && out.plane(0)[16] > 180);
        }
    }

    #[test]
    fn grey_is_as_bright_as_colour() {
        let rendition = Rendition { greyscale: true, ..Rendition::default() };
        let planes = [200, 100, 50].map(|v| Raster::new(Size::new(2, 1), vec![v; 2]));
        let out = apply(Frame::new(Kind::Rgb, planes.to_vec()), &rendition);
        assert_eq!((out.kind, out.plane(0)), (Kind::Luma, &[124, 124][..]));
    }
}
