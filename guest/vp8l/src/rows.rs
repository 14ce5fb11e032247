//! The predictors, applied to a part of a row.

use crate::packed::{channel, mean, subtract};

/// The number of predictors.
pub(crate) const MODES: usize = 14;

/// A predictor of a pixel.
#[derive(Clone, Copy)]
struct Around {
    left: u32,
    top: u32,
    right: u32,
    corner: u32,
}

/// The residue of predictor `mode` for the pixels from `start` on, which are in neither the first
/// row nor the first column.
pub(crate) fn residuals(mode: u8, pixels: &[u32], width: usize, start: usize, out: &mut [u32]) {
    macro_rules! rows {
        ($predict:expr) => {
            row(pixels, width, start, out, $predict)
        };
    }
    match mode {
        0 => rows!(|_| 0xff00_0000),
        1 => rows!(|a| a.left),
        2 => rows!(|a| a.top),
        3 => rows!(|a| a.right),
        4 => rows!(|a| a.corner),
        5 => rows!(|a| mean(mean(a.left, a.right), a.top)),
        6 => rows!(|a| mean(a.left, a.corner)),
        7 => rows!(|a| mean(a.left, a.top)),
        8 => rows!(|a| mean(a.corner, a.top)),
        9 => rows!(|a| mean(a.top, a.right)),
        10 => rows!(|a| mean(mean(a.left, a.corner), mean(a.top, a.right))),
        11 => rows!(select),
        12 => rows!(|a| each(
            |shift| channel(a.left, shift) + channel(a.top, shift) - channel(a.corner, shift)
        )),
        _ => rows!(|a| {
            let both = mean(a.left, a.top);
            each(|shift| {
                let both = channel(both, shift);
                both + (both - channel(a.corner, shift)) / 2
            })
        }),
    }
}

#[inline(always)]
fn row(
    pixels: &[u32],
    width: usize,
    start: usize,
    out: &mut [u32],
    predict: impl Fn(Around) -> u32,
) {
    let count = out.len();
    let of = |start: usize| &pixels[start..start + count];
    let (here, lefts, tops) = (of(start), of(start - 1), of(start - width));
    let (rights, corners) = (of(start - width + 1), of(start - width - 1));
    for i in 0..count {
        let (left, top, right, corner) = (lefts[i], tops[i], rights[i], corners[i]);
        out[i] = subtract(here[i], predict(Around { left, top, right, corner }));
    }
}

/// Whichever of left and top is nearer to left + top - corner.
#[inline(always)]
fn select(a: Around) -> u32 {
    let apart = |a: u32, b: u32| -> i32 {
        [0, 8, 16, 24].map(|shift| (channel(a, shift) - channel(b, shift)).abs()).iter().sum()
    };
    if apart(a.left, a.corner) <= apart(a.top, a.corner) { a.top } else { a.left }
}

/// A pixel with each channel computed and clamped.
#[inline(always)]
fn each(value: impl Fn(u32) -> i32) -> u32 {
    let at = |shift: u32| (value(shift).clamp(0, 255) as u32) << shift;
    at(0) | at(8) | at(16) | at(24)
}
