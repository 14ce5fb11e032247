//! Effects on pictures of 16-bit samples.

use obscura_picture::frame::Kind;
use obscura_picture::precise::Deep;

use super::sample::{blurred, sharpen};
use crate::parameters::Rendition;

/// Apply all effects of a rendition.
pub(crate) fn apply_deep(mut deep: Deep, rendition: &Rendition) -> Deep {
    if rendition.greyscale {
        deep = greyscale(deep);
    }
    if rendition.blur.is_none() && rendition.sharpen.is_none() {
        return deep;
    }
    let mut planes = deep.planes();
    if let Some(sigma) = rendition.blur {
        for plane in &mut planes {
            *plane = blurred(plane, deep.size, sigma);
        }
    }
    if let Some(sigma) = rendition.sharpen {
        let bright = match planes.as_slice() {
            [r, g, b, ..] => {
                let pixels = r.iter().zip(g).zip(b);
                pixels.map(|((&r, &g), &b)| luma([r, g, b])).collect()
            }
            _ => planes.first().cloned().unwrap_or_default(),
        };
        let mean = blurred(&bright, deep.size, sigma);
        let opacity = planes.get(3).cloned();
        for plane in planes.iter_mut().take(3) {
            sharpen(plane, (&bright, &mean), opacity.as_deref(), u16::MAX);
        }
    }
    deep.with_planes(&planes)
}

/// Convert to grey, with the weights of Rec. 601.
fn greyscale(mut deep: Deep) -> Deep {
    if deep.kind == Kind::Luma {
        return deep;
    }
    for pixel in deep.samples.chunks_exact_mut(deep.kind.planes()) {
        if let [r, g, b, ..] = pixel {
            (*r, *g, *b) = [luma([*r, *g, *b]); 3].into();
        }
    }
    deep
}

/// The brightness of a pixel.
fn luma([r, g, b]: [u16; 3]) -> u16 {
    let sum = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
    ((sum + 500) / 1000) as u16
}
