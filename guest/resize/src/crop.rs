//! How `cover` finds its crop in the picture, as libvips does: with the same measures, on a smaller
//! copy.

use obscura_picture::colour::{into_rgb, pixels};
use obscura_picture::frame::{Frame, Raster};
use obscura_picture::geometry::{Region, Size};
use obscura_picture::light::TO_LINEAR;

use crate::parameters::Position;

/// The longest side of the copy that entropy is measured on.
pub(crate) const COPY: u32 = 320;

/// Both sides of the copy that attention is measured on.
pub(crate) const GLANCE: u32 = 32;

/// The part of an upright picture that is kept, of `region`'s size. `frame` is a
/// small copy of the whole picture.
pub(crate) fn find(frame: &Frame, region: Region, position: Position) -> Region {
    let (left, top) = match position {
        Position::Entropy => by_entropy(frame, region),
        Position::Attention => by_attention(frame, region),
        _ => (region.left, region.top),
    };
    Region {
        left: left.min(1.0 - region.width).max(0.0),
        top: top.min(1.0 - region.height).max(0.0),
        ..region
    }
}

/// Slices are removed, of two opposite ones the one with less entropy, until the size is reached.
fn by_entropy(frame: &Frame, region: Region) -> (f64, f64) {
    let Size { width, height } = frame.size;
    let planes = &into_rgb(frame.clone()).rasters;
    let mut kept = Area { left: 0, top: 0, width, height };
    let side = |part: f64, whole: u32| ((part * f64::from(whole)).round() as u32).clamp(1, whole);
    let wanted = (side(region.width, width), side(region.height, height));
    let step = (width - wanted.0).max(height - wanted.1).div_ceil(8).max(1);
    while kept.width > wanted.0 || kept.height > wanted.1 {
        let across = (kept.width - wanted.0).min(step);
        let down = (kept.height - wanted.1).min(step);
        if across > 0 {
            let left = Area { width: across, ..kept };
            let right = Area { left: kept.left + kept.width - across, ..left };
            if entropy(planes, left) < entropy(planes, right) {
                kept.left += across;
            }
            kept.width -= across;
        }
        if down > 0 {
            let top = Area { height: down, ..kept };
            let bottom = Area { top: kept.top + kept.height - down, ..top };
            if entropy(planes, top) < entropy(planes, bottom) {
                kept.top += down;
            }
            kept.height -= down;
        }
    }
    (f64::from(kept.left) / f64::from(width), f64::from(kept.top) / f64::from(height))
}

#[derive(Clone, Copy)]
struct Area {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// The entropy of an area's values, in bits, for all planes together.
fn entropy(planes: &[Raster], area: Area) -> f64 {
    planes.iter().map(|plane| entropy_of(plane, area)).sum()
}

fn entropy_of(plane: &Raster, area: Area) -> f64 {
    let mut counts = [0_u32; 256];
    for row in plane.rows().skip(area.top as usize).take(area.height as usize) {
        let (from, to) = (area.left as usize, (area.left + area.width) as usize);
        for &value in row.get(from..to).unwrap_or(&[]) {
            if let Some(count) = counts.get_mut(usize::from(value)) {
                *count += 1;
            }
        }
    }
    let all = f64::from(area.width) * f64::from(area.height);
    let part = |&count: &u32| f64::from(count) / all;
    counts.iter().filter(|&&count| count > 0).map(part).map(|p| -p * p.log2()).sum()
}

/// The part is centred where there are edges, skin and strong colours.
fn by_attention(frame: &Frame, region: Region) -> (f64, f64) {
    let (width, height) = (frame.size.width as usize, frame.size.height as usize);
    let channels = frame.kind.planes();
    let colours: Vec<[f32; 3]> = pixels(frame)
        .chunks_exact(channels)
        .map(|pixel| match *pixel {
            [y] => [y; 3],
            [r, g, b, ..] => [r, g, b],
            _ => [0; 3],
        })
        .map(|rgb| xyz(rgb.map(|value| TO_LINEAR[usize::from(value)])))
        .collect();
    let bright = |x: usize, y: usize| {
        colours.get(y.min(height - 1) * width + x.min(width - 1)).map_or(0.0, |xyz| xyz[1])
    };
    let mut scores = Vec::with_capacity(colours.len());
    for (index, colour) in colours.iter().enumerate() {
        let (x, y) = (index % width, index / width);
        let around = bright(x.saturating_sub(1), y)
            + bright(x + 1, y)
            + bright(x, y.saturating_sub(1))
            + bright(x, y + 1);
        let edge = 5.0 * (4.0 * bright(x, y) - around).abs();
        // Dark pixels do not count as skin or strong colour.
        let dark = colour[1] <= 5.0;
        scores.push(edge + if dark { 0.0 } else { skin(*colour) + chroma(*colour) });
    }
    // Scores are summed around the centre of the part.
    let sigma = (f64::from(GLANCE) * region.width).hypot(f64::from(GLANCE) * region.height) / 10.0;
    let scores = smooth(&scores, width, height, sigma.max(1.0));
    let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
    let best = best.map_or(0, |(index, _)| index);
    let middle = |at: usize, side: usize| at as f64 / side as f64;
    (
        middle(best % width, width) - region.width / 2.0,
        middle(best / width, height) - region.height / 2.0,
    )
}

/// CIE XYZ, white at Y = 100.
fn xyz([r, g, b]: [f32; 3]) -> [f32; 3] {
    [
        100.0 * (0.4124 * r + 0.3576 * g + 0.1805 * b),
        100.0 * (0.2126 * r + 0.7152 * g + 0.0722 * b),
        100.0 * (0.0193 * r + 0.1192 * g + 0.9505 * b),
    ]
}

/// How close a colour's direction is to that of skin, 0 to 100 (as in smartcrop.js).
fn skin(xyz: [f32; 3]) -> f32 {
    const SKIN: [f32; 3] = [0.78, 0.57, 0.44];
    let length = xyz.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
    let distance: f32 = xyz.iter().zip(SKIN).map(|(v, s)| (v / length - s).powi(2)).sum();
    100.0 * (1.0 - distance.sqrt())
}

/// CIE LCh's chroma.
fn chroma([x, y, z]: [f32; 3]) -> f32 {
    let bent = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let (x, y, z) = (bent(x / 95.047), bent(y / 100.0), bent(z / 108.883));
    (500.0 * (x - y)).hypot(200.0 * (y - z))
}

/// A Gaussian.
fn smooth(scores: &[f32], width: usize, height: usize, sigma: f64) -> Vec<f32> {
    let radius = (sigma * 3.0).ceil() as isize;
    let weight = |d: isize| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp() as f32;
    let weights: Vec<(isize, f32)> = (-radius..=radius).map(|d| (d, weight(d))).collect();
    let clamp = |at: isize, side: usize| at.clamp(0, side as isize - 1) as usize;
    let pass = |input: &[f32], across: bool| -> Vec<f32> {
        (0..width * height)
            .map(|index| {
                let (x, y) = ((index % width) as isize, (index / width) as isize);
                let sample = |d: isize| {
                    let (x, y) = if across { (x + d, y) } else { (x, y + d) };
                    input.get(clamp(y, height) * width + clamp(x, width)).copied().unwrap_or(0.0)
                };
                weights.iter().map(|&(d, weight)| weight * sample(d)).sum()
            })
            .collect()
    };
    pass(&pass(scores, true), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use obscura_picture::frame::Kind;

    /// Grey, with an object at the right end.
    fn picture(width: u32, height: u32, thing: impl Fn(u32, u32) -> [u8; 3]) -> Frame {
        let size = Size::new(width, height);
        let pixel = |x: u32, y: u32| if x < width * 3 / 4 { [90; 3] } else { thing(x, y) };
        let pixels: Vec<[u8; 3]> = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| pixel(x, y))
            .collect();
        let plane = |c: usize| Raster::new(size, pixels.iter().map(|pixel| pixel[c]).collect());
        Frame::new(Kind::Rgb, (0..3).map(plane).collect())
    }

    #[test]
    fn the_crop_goes_where_something_is() {
        let half = Region { left: 0.25, top: 0.0, width: 0.5, height: 1.0 };
        let noisy = picture(64, 32, |x, y| [(x * 37 + y * 91) as u8; 3]);
        assert!(find(&noisy, half, Position::Entropy).left > 0.45);
        let red = picture(32, 32, |_, _| [220, 120, 90]);
        assert!(find(&red, half, Position::Attention).left > 0.3);
        assert_eq!(find(&red, half, Position::Center), half);
    }

    #[test]
    fn a_flat_picture_has_a_crop_too() {
        let flat = picture(1, 40, |_, _| [7; 3]);
        for position in [Position::Entropy, Position::Attention] {
            let region = Region { left: 0.0, top: 0.4, width: 1.0, height: 0.2 };
            let found = find(&flat, region, position);
            assert!(found.top >= 0.0 && found.top + found.height <= 1.0 + 1e-9);
        }
    }
}
