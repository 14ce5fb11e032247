//! The choice of transforms.

use crate::bits::BitWriter;
use crate::cross;
use crate::entropy::Products;
use crate::image::Image;
use crate::packed::{subtract, subtract_green};
use crate::palette::Palette;
use crate::predict::Prediction;
use crate::stream;

/// The numbers of the transforms.
const PREDICTOR: u32 = 0;
const CROSS: u32 = 1;
const GREEN: u32 = 2;
const PALETTE: u32 = 3;

/// The transforms of a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Plan {
    Direct,
    Green,
    Predicted,
    PredictedGreen,
    Indexed,
}

impl Plan {
    fn is_predicted(self) -> bool {
        matches!(self, Self::Predicted | Self::PredictedGreen)
    }
}

/// The most promising plan, and the best one of the other kind if that may be better.
struct Choice {
    plan: Plan,
    other: Option<Plan>,
}

/// Pictures up to this many pixels are encoded in two ways if it is unclear which is better.
const TWICE: usize = 1 << 22;
/// Pictures up to this many pixels always are.
const SMALL: usize = 1 << 12;

/// Write a picture without its header.
pub(crate) fn write(image: Image, mut out: BitWriter) -> BitWriter {
    let Image { pixels, width } = image;
    let palette = Palette::of(&pixels);
    let Choice { plan, other } = choose(&pixels, width, palette.as_ref());
    let Some(other) = other else {
        follow(plan, pixels, width, palette.as_ref(), &mut out);
        return out;
    };
    let mut second = out.clone();
    follow(plan, pixels.clone(), width, palette.as_ref(), &mut out);
    follow(other, pixels, width, palette.as_ref(), &mut second);
    if second.len() < out.len() { second } else { out }
}

/// Write pixels in one way.
fn follow(
    plan: Plan,
    mut pixels: Vec<u32>,
    width: usize,
    palette: Option<&Palette>,
    out: &mut BitWriter,
) {
    if let (Plan::Indexed, Some(palette)) = (plan, palette) {
        begin(PALETTE, out);
        palette.write(out);
        let (indices, across) = palette.indices(&pixels, width);
        drop(pixels);
        out.put(0, 1);
        stream::write(&indices, across, out);
        return;
    }
    if matches!(plan, Plan::Green | Plan::PredictedGreen) {
        begin(GREEN, out);
        subtract_green(&mut pixels);
    }
    if plan.is_predicted() {
        let bits = tile_bits(pixels.len());
        let prediction = Prediction::new(&pixels, width, bits);
        begin(PREDICTOR, out);
        out.put(prediction.bits - 2, 3);
        stream::write_small(&prediction.modes, prediction.across, out);
        pixels = prediction.residuals;
        if pixels.iter().any(|pixel| pixel & 0x00ff_00ff != 0) {
            let multipliers = cross::apply(&mut pixels, width, bits);
            begin(CROSS, out);
            out.put(bits - 2, 3);
            stream::write_small(&multipliers, width.div_ceil(1 << bits), out);
        }
    }
    out.put(0, 1);
    stream::write(&pixels, width, out);
}

fn begin(transform: u32, out: &mut BitWriter) {
    out.put(1, 1);
    out.put(transform, 2);
}

/// The bits of a tile's side.
fn tile_bits(pixels: usize) -> u32 {
    if pixels < 1 << 18 { 4 } else { 5 }
}

/// By entropy, ignoring pixels that equal their neighbours: those will be copied.
fn choose(pixels: &[u32], width: usize, palette: Option<&Palette>) -> Choice {
    let mut direct = [[0_u32; 256]; 4];
    let mut green = [[0_u32; 256]; 2];
    let mut predicted = [[0_u32; 256]; 4];
    let mut predicted_green = [[0_u32; 256]; 2];
    let mut hashes = [0_u32; 256];
    let mut before = pixels[0];
    let mut copied = 0;
    for (at, &pixel) in pixels.iter().enumerate() {
        let above = if at >= width { pixels[at - width] } else { before };
        let left = std::mem::replace(&mut before, pixel);
        if pixel == left || pixel == above {
            copied += 1;
            continue;
        }
        let add = |counts: &mut [[u32; 256]; 4], greens: &mut [[u32; 256]; 2], pixel: u32| {
            let channels = pixel.to_le_bytes();
            for (counts, value) in counts.iter_mut().zip(channels) {
                counts[usize::from(value)] += 1;
            }
            let [blue, green, red, _] = channels;
            greens[0][usize::from(blue.wrapping_sub(green))] += 1;
            greens[1][usize::from(red.wrapping_sub(green))] += 1;
        };
        add(&mut direct, &mut green, pixel);
        add(&mut predicted, &mut predicted_green, subtract(pixel, left));
        hashes[(pixel.wrapping_mul(0x1e35_a7bd) >> 24) as usize] += 1;
    }
    let products = Products::new();
    let all =
        |counts: &[[u32; 256]]| -> f32 { counts.iter().map(|counts| products.bits(counts)).sum() };
    let with = |counts: &[[u32; 256]; 4], greens: &[[u32; 256]; 2]| {
        all(greens) + products.bits(&counts[1]) + products.bits(&counts[3])
    };
    let tiles = (pixels.len() >> (2 * tile_bits(pixels.len()))) as f32;
    let transforms = tiles * 14_f32.log2();
    let mut plans = vec![
        (all(&direct), Plan::Direct),
        (with(&direct, &green), Plan::Green),
        (all(&predicted) + transforms, Plan::Predicted),
        (with(&predicted, &predicted_green) + transforms, Plan::PredictedGreen),
    ];
    if let Some(palette) = palette {
        plans.push((products.bits(&hashes) + palette.len() as f32 * 8.0, Plan::Indexed));
    }
    plans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let plan = plans.first().map_or(Plan::Direct, |(_, plan)| *plan);
    // Entropy ignores longer copies. Flat pictures have many, and predictors break them.
    let flat = copied > pixels.len() / 3 && pixels.len() <= TWICE;
    let unclear = flat && plan.is_predicted() || pixels.len() <= SMALL;
    let mut others = plans.into_iter().map(|(_, other)| other);
    let other = others.find(|other| other.is_predicted() != plan.is_predicted());
    Choice { plan, other: other.filter(|_| unclear) }
}
