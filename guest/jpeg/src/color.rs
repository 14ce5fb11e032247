//! Colour conversion on request: RGB to planes and back, by libjpeg's formulas (JFIF 1.02, full
//! range) and its methods of subsampling and upsampling chrominance.

mod fixed;
mod vector;

use crate::encoder::Sampling;
use crate::header::{ColorModel, Header};
use crate::plane::{Plane, Planes, Rows};
use fixed::{LANES, fix};

/// Converts a row of RGB (`channels` 3) or RGBA (4; alpha is ignored) to three planes' rows.
/// Converts as many pixels as fit into the shortest slice.
pub fn rgb_to_ycc(pixels: &[u8], channels: usize, y: &mut [u8], cb: &mut [u8], cr: &mut [u8]) {
    if channels == 4 {
        rgb_to_ycc_row::<4>(pixels, y, cb, cr);
    } else {
        let count = (pixels.len() / 3).min(y.len()).min(cb.len()).min(cr.len());
        let whole = count / LANES * LANES;
        let vectors = y.as_chunks_mut::<LANES>().0.iter_mut().zip(cb.as_chunks_mut().0);
        let vectors = vectors.zip(cr.as_chunks_mut().0);
        for (pixels, ((y, cb), cr)) in pixels.as_chunks().0.iter().zip(vectors) {
            [*y, *cb, *cr] = vector::rgb_to_ycc(pixels);
        }
        let rest = |row: &mut [u8]| row.len().min(whole);
        let (at_y, at_cb, at_cr) = (rest(y), rest(cb), rest(cr));
        rgb_to_ycc_row::<3>(
            pixels.get(whole * 3..).unwrap_or(&[]),
            y.get_mut(at_y..).unwrap_or_default(),
            cb.get_mut(at_cb..).unwrap_or_default(),
            cr.get_mut(at_cr..).unwrap_or_default(),
        );
    }
}

/// Converts two rows of RGB to two rows of luma and one of chroma of half the width, rounded up:
/// each sample of chroma is that of the mean of four pixels. An odd last column is used twice; for
/// an odd last row, pass it twice.
pub fn rgb_to_ycc_halved(
    [upper, lower]: [&[u8]; 2],
    [y0, y1]: [&mut [u8]; 2],
    cb: &mut [u8],
    cr: &mut [u8],
) {
    let rows = upper.as_chunks().0.iter().zip(lower.as_chunks().0);
    let luma = y0.as_chunks_mut().0.iter_mut().zip(y1.as_chunks_mut().0);
    let chroma = cb.as_chunks_mut().0.iter_mut().zip(cr.as_chunks_mut().0);
    let mut whole = 0;
    for (((upper, lower), (y0, y1)), (cb, cr)) in rows.zip(luma).zip(chroma) {
        ([*y0, *y1], [*cb, *cr]) = vector::rgb_to_ycc_halved([upper, lower]);
        whole += LANES;
    }
    // The rest: fewer columns than a vector, with an odd last one repeated.
    let mut rest = [[[0; 3]; LANES]; 2];
    let mut luma = [[0; LANES]; 2];
    for (rest, row) in rest.iter_mut().zip([upper, lower]) {
        let row = row.get(whole * 3..).unwrap_or_default().as_chunks().0;
        let last = row.last().copied().unwrap_or_default();
        let pixels = row.iter().copied().chain(std::iter::repeat(last));
        rest.iter_mut().zip(pixels).for_each(|(rest, pixel)| *rest = pixel);
    }
    let mut chroma = [[0; LANES / 2]; 2];
    if let [Some(upper), Some(lower)] = rest.each_ref().map(|row| row.as_flattened().as_array()) {
        (luma, chroma) = vector::rgb_to_ycc_halved([upper, lower]);
    }
    let put = |row: &mut [u8], at: usize, samples: &[u8]| {
        row.iter_mut().skip(at).zip(samples).for_each(|(to, from)| *to = *from);
    };
    put(y0, whole, &luma[0]);
    put(y1, whole, &luma[1]);
    put(cb, whole / 2, &chroma[0]);
    put(cr, whole / 2, &chroma[1]);
}

fn rgb_to_ycc_row<const N: usize>(pixels: &[u8], y: &mut [u8], cb: &mut [u8], cr: &mut [u8]) {
    let (pixels, _) = pixels.as_chunks::<N>();
    let outputs = y.chunks_mut(LANES).zip(cb.chunks_mut(LANES)).zip(cr.chunks_mut(LANES));
    for (p, ((y, cb), cr)) in pixels.chunks(LANES).zip(outputs) {
        // Deinterleave first, so that the arithmetic below can be vectorised.
        let mut rgb = [[0i32; LANES]; 3];
        for (i, p) in p.iter().enumerate() {
            for (channel, &v) in rgb.iter_mut().zip(p) {
                channel[i % LANES] = v.into();
            }
        }
        let [r, g, b] = &rgb;
        let mut out = [[0u8; LANES]; 3];
        for i in 0..LANES {
            let (r, g, b) = (r[i], g[i], b[i]);
            let half = 1 << 15;
            // The sums of the weights are exact, so that greys stay grey.
            let luma = fix(0.299) * r + fix(0.587) * g + fix(0.114) * b + half;
            let center = (128 << 16) + half - 1;
            let blue = -fix(0.16874) * r - fix(0.33126) * g + fix(0.5) * b + center;
            let red = fix(0.5) * r - fix(0.41869) * g - fix(0.08131) * b + center;
            out[0][i] = (luma >> 16) as u8;
            out[1][i] = (blue >> 16) as u8;
            out[2][i] = (red >> 16) as u8;
        }
        for (to, from) in [y, cb, cr].into_iter().zip(&out) {
            to.iter_mut().zip(from).take(p.len()).for_each(|(t, f)| *t = *f);
        }
    }
}

/// Converts three planes' rows to a row of RGB (`channels` 3) or opaque RGBA (4). Converts as many
/// pixels as fit into the shortest slice.
pub fn ycc_to_rgb(y: &[u8], cb: &[u8], cr: &[u8], channels: usize, out: &mut [u8]) {
    if channels == 4 {
        ycc_to_rgb_row::<4>(y, cb, cr, out);
    } else {
        ycc_to_rgb_row::<3>(y, cb, cr, out);
    }
}

fn ycc_to_rgb_row<const N: usize>(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    let (out, _) = out.as_chunks_mut::<N>();
    let inputs = y.chunks(LANES).zip(cb.chunks(LANES)).zip(cr.chunks(LANES));
    for (out, ((y, cb), cr)) in out.chunks_mut(LANES).zip(inputs) {
        let count = y.len().min(cb.len()).min(cr.len());
        let mut ycc = [[0u8; LANES]; 3];
        for (to, from) in ycc.iter_mut().zip([y, cb, cr]) {
            to.iter_mut().zip(from).for_each(|(t, f)| *t = *f);
        }
        let mut rgb = [[0u8; LANES]; 3];
        for i in 0..LANES {
            let luma = i32::from(ycc[0][i]);
            let (b, r) = (i32::from(ycc[1][i]) - 128, i32::from(ycc[2][i]) - 128);
            let half = 1 << 15;
            let red = luma + ((fix(1.402) * r + half) >> 16);
            let green = luma + ((-fix(0.34414) * b - fix(0.71414) * r + half) >> 16);
            let blue = luma + ((fix(1.772) * b + half) >> 16);
            rgb[0][i] = red.clamp(0, 255) as u8;
            rgb[1][i] = green.clamp(0, 255) as u8;
            rgb[2][i] = blue.clamp(0, 255) as u8;
        }
        for (i, pixel) in out.iter_mut().enumerate().take(count) {
            *pixel = [255; N];
            for (to, from) in pixel.iter_mut().zip(&rgb) {
                *to = from[i % LANES];
            }
        }
    }
}

/// Halves a row's width. An odd last sample is kept. Alternates rounding up and down, to preserve
/// the mean.
pub fn halve_row(row: &[u8], out: &mut [u8]) {
    for (i, (o, pair)) in out.iter_mut().zip(row.chunks(2)).enumerate() {
        let &[a, .., b] = pair else {
            *o = pair.first().copied().unwrap_or(0);
            continue;
        };
        *o = ((u16::from(a) + u16::from(b) + (i as u16 & 1)) >> 1) as u8;
    }
}

/// Averages two rows to one of half the width; for an odd last row, pass it twice.
pub fn halve_rows(upper: &[u8], lower: &[u8], out: &mut [u8]) {
    let whole = (upper.len().min(lower.len()) / 32).min(out.len() / 16) * 16;
    let vectors = upper.as_chunks().0.iter().zip(lower.as_chunks().0);
    for ((upper, lower), out) in vectors.zip(out.as_chunks_mut().0) {
        *out = vector::halve(upper, lower);
    }
    let (upper, lower) = (upper.get(2 * whole..), lower.get(2 * whole..));
    let (upper, lower) = (upper.unwrap_or_default(), lower.unwrap_or_default());
    let out = out.get_mut(whole..).unwrap_or_default();
    let pairs = upper.chunks(2).zip(lower.chunks(2));
    for (i, (o, (upper, lower))) in out.iter_mut().zip(pairs).enumerate() {
        let sum = |p: &[u8]| match *p {
            [a, b] => u16::from(a) + u16::from(b),
            [a] => 2 * u16::from(a),
            _ => 0,
        };
        *o = ((sum(upper) + sum(lower) + 1 + (i as u16 & 1)) >> 2) as u8;
    }
}

/// Doubles a row's width with triangular weights (3/4 of the nearer, 1/4 of the further sample).
pub fn double_row(row: &[u8], out: &mut [u8]) {
    let at =
        |i: usize| u16::from(row.get(i.min(row.len().saturating_sub(1))).copied().unwrap_or(0));
    for (i, o) in out.chunks_mut(2).enumerate() {
        let near = 3 * at(i);
        let pair = [(near + at(i.saturating_sub(1)) + 1) >> 2, (near + at(i + 1) + 2) >> 2];
        o.iter_mut().zip(pair).for_each(|(o, v)| *o = v as u8);
    }
}

/// Doubles a row's width with triangular weights in both directions: `near` is the row that the
/// output row lies in, `far` the neighbour on the nearer side (or `near` again at the edge).
pub fn double_rows(near: &[u8], far: &[u8], out: &mut [u8]) {
    let Some(last) = near.len().min(far.len()).checked_sub(1) else { return };
    let sum = |i: usize| {
        let i = i.min(last);
        let (n, f) = (near.get(i).copied().unwrap_or(0), far.get(i).copied().unwrap_or(0));
        3 * u16::from(n) + u16::from(f)
    };
    let (mut before, mut this) = (sum(0), sum(0));
    for (i, o) in out.chunks_mut(2).enumerate() {
        let after = sum(i + 1);
        let pair = [(3 * this + before + 8) >> 4, (3 * this + after + 7) >> 4];
        o.iter_mut().zip(pair).for_each(|(o, v)| *o = v as u8);
        (before, this) = (this, after);
    }
}

/// Repeats each sample such that `row` fills `out`.
pub fn repeat_row(row: &[u8], factor: usize, out: &mut [u8]) {
    for (o, &v) in out.chunks_mut(factor.max(1)).zip(row) {
        o.fill(v);
    }
}

/// Converts interleaved pixels to planes: 1 (grey), 3 (RGB) or 4 (RGBA, alpha ignored) `channels`.
/// A grey picture gets neutral chrominance in a sampling of three planes. Missing pixels are zero.
#[must_use]
pub fn to_planes(
    pixels: &[u8],
    channels: usize,
    width: usize,
    height: usize,
    sampling: Sampling,
) -> Vec<Plane> {
    let mut planes: Vec<Plane> = (0..sampling.planes())
        .map(|c| {
            let (w, h) = sampling.plane_size(c, width, height);
            Plane::new(w, h)
        })
        .collect();
    let mut full = [vec![128u8; width], vec![128u8; width]];
    let mut previous = full.clone();
    let mut luma = vec![0u8; width];
    for (y, row) in pixels.chunks_exact((width * channels).max(1)).take(height).enumerate() {
        let [blue, red] = &mut full;
        if channels == 1 {
            luma.copy_from_slice(row);
        } else {
            rgb_to_ycc(row, channels, &mut luma, blue, red);
        }
        for (c, plane) in planes.iter_mut().enumerate() {
            let tall = plane.height == height && sampling != Sampling::S420;
            let to_y = if c == 0 || tall { y } else { y / 2 };
            let at = to_y * plane.stride;
            let (wide, to) = (plane.width, plane.data.get_mut(at..at + plane.width));
            let to = to.unwrap_or_default();
            let Some(chroma) = c.checked_sub(1) else {
                to.copy_from_slice(&luma);
                continue;
            };
            let (Some(now), Some(before)) = (full.get(chroma), previous.get(chroma)) else {
                continue;
            };
            match sampling {
                Sampling::S420 if y % 2 == 1 => halve_rows(before, now, to),
                Sampling::S420 if y + 1 == height => halve_rows(now, now, to),
                Sampling::S420 => {}
                Sampling::S422 => halve_row(now, to),
                _ => to.copy_from_slice(now.get(..wide).unwrap_or_default()),
            }
        }
        std::mem::swap(&mut full, &mut previous);
    }
    planes
}

/// Widens one plane to the picture's size, a row at a time.
struct Widen<'a> {
    rows: Rows<'a>,
    /// The number of pixels per sample, across and down; 0 if that is not an integer.
    factors: (usize, usize),
    size: (usize, usize),
    smooth: bool,
    buffer: Vec<u8>,
}

impl<'a> Widen<'a> {
    fn new(rows: Rows<'a>, size: (usize, usize), smooth: bool) -> Self {
        let factor = |picture: usize, plane: usize| {
            (1..=4).find(|f| picture.div_ceil(*f) == plane).unwrap_or(0)
        };
        let factors = (factor(size.0, rows.width), factor(size.1, rows.height));
        // As in libjpeg, two samples are too few to interpolate.
        let smooth = smooth && rows.width > 2;
        Self { rows, factors, size, smooth, buffer: vec![0; size.0] }
    }

    /// Row `y` of the picture.
    fn row(&mut self, y: usize) -> &[u8] {
        let last = self.rows.height.saturating_sub(1);
        let vertical = self.factors.1;
        let own = y.checked_div(vertical).unwrap_or(y * self.rows.height / self.size.1.max(1));
        let near = self.rows.row(own.min(last));
        let neighbour =
            if y.is_multiple_of(2) { own.saturating_sub(1) } else { (own + 1).min(last) };
        match self.factors {
            (1, 1) => return near,
            (2, 1) if self.smooth => double_row(near, &mut self.buffer),
            (2, 2) if self.smooth => {
                double_rows(near, self.rows.row(neighbour), &mut self.buffer);
            }
            (1, 2) if self.smooth => {
                // As in libjpeg-turbo: rounded down above, up below.
                let bias = 1 + (y as u16 & 1);
                let pairs = near.iter().zip(self.rows.row(neighbour));
                for (o, (&n, &f)) in self.buffer.iter_mut().zip(pairs) {
                    *o = ((3 * u16::from(n) + u16::from(f) + bias) >> 2) as u8;
                }
            }
            (0, _) => {
                let (w, size) = (self.rows.width, self.size.0.max(1));
                for (x, o) in self.buffer.iter_mut().enumerate() {
                    *o = near.get(x * w / size).copied().unwrap_or(0);
                }
            }
            (factor, _) => repeat_row(near, factor, &mut self.buffer),
        }
        &self.buffer
    }
}

/// Widens a plane to the picture's size: with `smooth`, a half-size direction is interpolated with
/// libjpeg's triangular weights; otherwise samples are repeated.
#[must_use]
pub fn widen(rows: Rows<'_>, width: usize, height: usize, smooth: bool) -> Plane {
    let mut widen = Widen::new(rows, (width, height), smooth);
    let mut plane = Plane::new(width, height);
    for (y, to) in plane.data.chunks_exact_mut(width.max(1)).enumerate() {
        let row = widen.row(y);
        to.iter_mut().zip(row).for_each(|(t, f)| *t = *f);
    }
    plane
}

/// Converts decoded planes of any colour model to RGB (3) or opaque RGBA (4 `channels`). With
/// `smooth`, chrominance at half the size is interpolated with libjpeg's triangular weights;
/// otherwise samples are repeated. Four inks are multiplied, as decoders without a colour profile
/// do.
#[must_use]
pub fn to_rgb(picture: &Planes, header: &Header, channels: usize, smooth: bool) -> Vec<u8> {
    let size = (picture.width, picture.height);
    let channels = if channels == 4 { 4 } else { 3 };
    let mut out = vec![255u8; size.0 * size.1 * channels];
    let mut widen: Vec<Widen> =
        picture.planes.iter().map(|p| Widen::new(p.rows(), size, smooth)).collect();
    for (y, out) in out.chunks_exact_mut((size.0 * channels).max(1)).enumerate() {
        match (widen.as_mut_slice(), header.color) {
            ([one], _) => {
                let row = one.row(y);
                interleave([row, row, row], channels, out);
            }
            ([r, g, b], ColorModel::Rgb) => {
                interleave([r.row(y), g.row(y), b.row(y)], channels, out)
            }
            ([luma, blue, red], _) => {
                ycc_to_rgb(luma.row(y), blue.row(y), red.row(y), channels, out);
            }
            ([c, m, yellow, k], model) => {
                let (c, m, yellow) = (c.row(y), m.row(y), yellow.row(y));
                let transformed = model == ColorModel::Ycck;
                if transformed {
                    ycc_to_rgb(c, m, yellow, channels, out);
                } else {
                    interleave([c, m, yellow], channels, out);
                }
                multiply_inks(out, channels, k.row(y), header.inverted, transformed);
            }
            _ => {}
        }
    }
    out
}

fn interleave(rows: [&[u8]; 3], channels: usize, out: &mut [u8]) {
    let [r, g, b] = rows;
    for (o, ((r, g), b)) in out.chunks_exact_mut(channels).zip(r.iter().zip(g).zip(b)) {
        o.iter_mut().zip([r, g, b]).for_each(|(o, v)| *o = *v);
    }
}

/// Turns a row of three inks (or, `transformed`, of their complements) into RGB.
fn multiply_inks(row: &mut [u8], channels: usize, black: &[u8], inverted: bool, transformed: bool) {
    for (pixel, &k) in row.chunks_exact_mut(channels).zip(black) {
        // The remaining paper: 255 is no ink.
        let paper = u32::from(if inverted { k } else { 255 - k });
        for v in pixel.iter_mut().take(3) {
            let stored = if transformed { 255 - *v } else { *v };
            let ink = u32::from(if inverted { 255 - stored } else { stored });
            // ink * paper / 255, rounded.
            let t = ink * paper + 128;
            *v = (paper - ((t + (t >> 8)) >> 8).min(paper)) as u8;
        }
    }
}
