//! The part is kept in which the most edges and the most skin are.
//!
//! libvips puts the middle of the crop where edges, skin and strong colours are densest; this one adds up what a
//! crop would show, as smartcrop.js does, which keeps more of what a picture shows: see CROP.md, which its constants
//! were chosen by.

use obscura_picture::colour::pixels;
use obscura_picture::frame::Frame;
use obscura_picture::geometry::Region;
use obscura_picture::light::TO_LINEAR;

/// The longest side of the copy that it is measured on.
pub(super) const SIDE: u32 = 64;

/// The difference in lightness, of a pixel and the four around it, from which an edge is no stronger.
const STRONG: f32 = 20.0;

/// How near to skin a colour must be.
const SKIN_FROM: f32 = 0.85;

/// How much more all skin of a picture counts than all its edges.
const SKIN_WEIGHT: f32 = 4.0;

/// Below that mean, a picture is taken to have little of what is measured, which then counts less.
const LITTLE: f32 = 0.02;

/// Places that are tried along a side, to each side of the middle.
const PLACES: u32 = 32;

/// The left and the top of the part.
pub(super) fn find(frame: &Frame, region: Region) -> (f64, f64) {
    let scores = scores(frame);
    let width = frame.size.width as usize;
    let mut columns = vec![0.0; width];
    let mut rows = Vec::with_capacity(frame.size.height as usize);
    for row in scores.chunks_exact(width) {
        for (column, score) in columns.iter_mut().zip(row) {
            *column += score;
        }
        rows.push(row.iter().sum());
    }
    (best(&columns, region.width), best(&rows, region.height))
}

/// Where the part of a side begins that shows the most. What is in its middle counts most.
fn best(scores: &[f32], part: f64) -> f64 {
    let whole = scores.len() as f64;
    let half = part * whole / 2.0;
    let shown = |start: f64| -> f64 {
        let (from, to) = (start * whole, start * whole + 2.0 * half);
        let one = |(index, &score): (usize, &f32)| {
            let index = index as f64;
            let covered = ((index + 1.0).min(to) - index.max(from)).clamp(0.0, 1.0);
            let off = ((index + 0.5 - (from + half)) / half).abs().min(1.0);
            covered * (1.0 - off * off) * f64::from(score)
        };
        scores.iter().enumerate().map(one).sum()
    };
    let middle = (1.0 - part) / 2.0;
    let mut found = (shown(middle), middle);
    for place in 1..=PLACES {
        let off = middle * f64::from(place) / f64::from(PLACES);
        for start in [middle - off, middle + off] {
            let value = shown(start);
            // Where nothing is better, it is as near to the middle as can be.
            if value > found.0 * (1.0 + 1e-6) {
                found = (value, start);
            }
        }
    }
    found.1
}

/// Of each pixel: edges and skin, each of them as parts of all that there are.
fn scores(frame: &Frame) -> Vec<f32> {
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
    let lights: Vec<f32> = colours.iter().map(|xyz| lightness(xyz[1])).collect();
    let light = |x: usize, y: usize| {
        lights.get(y.min(height - 1) * width + x.min(width - 1)).copied().unwrap_or(0.0)
    };
    let edge = |index: usize| {
        let (x, y) = (index % width, index / width);
        let around = light(x.saturating_sub(1), y)
            + light(x + 1, y)
            + light(x, y.saturating_sub(1))
            + light(x, y + 1);
        ((4.0 * light(x, y) - around).abs() / STRONG).min(1.0)
    };
    let edges: Vec<f32> = (0..colours.len()).map(edge).collect();
    let skins: Vec<f32> = colours.iter().copied().map(skin).collect();
    let part =
        |scores: &[f32]| 1.0 / (scores.iter().sum::<f32>() / scores.len().max(1) as f32 + LITTLE);
    let (of_edges, of_skin) = (part(&edges), part(&skins) * SKIN_WEIGHT);
    edges.iter().zip(&skins).map(|(edge, skin)| edge * of_edges + skin * of_skin).collect()
}

/// CIE XYZ, white at Y = 1.
fn xyz([r, g, b]: [f32; 3]) -> [f32; 3] {
    [
        0.4124 * r + 0.3576 * g + 0.1805 * b,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        0.0193 * r + 0.1192 * g + 0.9505 * b,
    ]
}

/// CIE L*.
fn lightness(y: f32) -> f32 {
    116.0 * if y > 0.008_856 { y.cbrt() } else { 7.787 * y + 16.0 / 116.0 } - 16.0
}

/// How near a colour's direction is to that of skin, of whatever tone, 0 to 1: libvips's measure.
fn skin(xyz: [f32; 3]) -> f32 {
    const SKIN: [f32; 3] = [0.78, 0.57, 0.44];
    // In the dark, all colours are alike.
    if xyz[1] <= 0.05 {
        return 0.0;
    }
    let length = xyz.iter().map(|v| v * v).sum::<f32>().sqrt();
    let distance: f32 = xyz.iter().zip(SKIN).map(|(v, s)| (v / length - s).powi(2)).sum();
    (1.0 - distance.sqrt() - SKIN_FROM).max(0.0) / (1.0 - SKIN_FROM)
}
