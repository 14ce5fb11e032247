//! What is done to a picture after it has its size: blur, sharpening, grey.

use crate::colour::into_rgb;
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;
use crate::parameters::Rendition;

/// Whether a rendition has any.
pub(crate) fn wanted(rendition: &Rendition) -> bool {
    rendition.blur.is_some() || rendition.sharpen.is_some() || rendition.greyscale
}

/// All that a rendition asks for. A [`Kind::Ycc`] frame must have as many
/// samples of chroma as of luma.
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

/// Without colour, by the weights of Rec. 601, which are JPEG's.
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

/// How bright each pixel is.
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

/// Sharpened by an unsharp mask of the brightness: what differs from the mean
/// nearby is added once more. Colours do not change, so that none appear at edges.
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

/// A sample of 8 or 16 bits.
pub(crate) trait Sample: Copy + Into<f32> + Into<i32> {
    /// The nearest one; the highest for what is beyond.
    fn rounded(value: f32) -> Self;

    /// The nearest one from 0 to `most`.
    fn limited(value: i32, most: Self) -> Self;
}

impl Sample for u8 {
    fn rounded(value: f32) -> Self {
        (value + 0.5) as Self
    }

    fn limited(value: i32, most: Self) -> Self {
        value.clamp(0, most.into()) as Self
    }
}

impl Sample for u16 {
    fn rounded(value: f32) -> Self {
        (value + 0.5) as Self
    }

    fn limited(value: i32, most: Self) -> Self {
        value.clamp(0, most.into()) as Self
    }
}

/// Add once more to each sample by how much its pixel's brightness differs from the mean nearby. None
/// exceeds the opacity, or `most` if there is none.
pub(crate) fn sharpen<T: Sample>(
    samples: &mut [T],
    (bright, mean): (&[T], &[T]),
    opacity: Option<&[T]>,
    most: T,
) {
    for (at, (sample, (&bright, &mean))) in
        samples.iter_mut().zip(bright.iter().zip(mean)).enumerate()
    {
        let most = opacity.and_then(|opacity| opacity.get(at)).copied().unwrap_or(most);
        let [old, bright, mean]: [i32; 3] = [(*sample).into(), bright.into(), mean.into()];
        *sample = T::limited(old + bright - mean, most);
    }
}

/// A Gaussian, as far as three standard deviations; edges go on as they are.
pub(crate) fn blurred<T: Sample>(samples: &[T], size: Size, sigma: f64) -> Vec<T> {
    let radius = (sigma * 3.0).ceil().max(1.0) as usize;
    let exact = (0..=radius).map(|d| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp());
    let mut weights: Vec<f32> = exact.map(|weight| weight as f32).collect();
    let sum = weights.iter().skip(1).sum::<f32>() * 2.0 + 1.0;
    weights.iter_mut().for_each(|weight| *weight /= sum);

    let (width, height) = (size.width as usize, size.height as usize);
    let row = |y: usize| samples.get(y * width..(y + 1) * width).unwrap_or(&[]);
    let mut out = Vec::with_capacity(samples.len());
    let mut line = vec![0.0_f32; width];
    for y in 0..height {
        line.fill(0.0);
        for (d, weight) in weights.iter().enumerate() {
            let above = row(y.saturating_sub(d));
            let below = row((y + d).min(height - 1));
            for (sum, (a, b)) in line.iter_mut().zip(above.iter().zip(below)) {
                let (a, b): (f32, f32) = ((*a).into(), (*b).into());
                let both = if d == 0 { a } else { a + b };
                *sum += both * weight;
            }
        }
        let at = |x: usize| line.get(x).copied().unwrap_or(0.0);
        out.extend((0..width).map(|x| {
            let parts = weights.iter().enumerate().map(|(d, weight)| {
                let right = if d == 0 { 0.0 } else { at((x + d).min(width - 1)) };
                (at(x.saturating_sub(d)) + right) * weight
            });
            T::rounded(parts.sum::<f32>())
        }));
    }
    out
}

#[cfg(test)]
mod tests {
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
