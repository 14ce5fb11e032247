//! XYB: the response of the eye's cones, scaled to about 0 to 1.

use std::ops::Range;
use std::sync::LazyLock;

use obscura_picture::light::TO_LINEAR;

/// A picture in linear light.
pub(super) struct Linear {
    pub(super) width: usize,
    pub(super) height: usize,
    planes: [Vec<f32>; 3],
}

impl Linear {
    /// From RGB pixels in sRGB.
    pub(super) fn of(rgb: &[u8], width: usize) -> Self {
        let pixels = rgb.as_chunks::<3>().0;
        let height = pixels.len().checked_div(width).unwrap_or(0);
        let table: &[f32; 256] = &TO_LINEAR;
        let plane = |channel: usize| {
            pixels.iter().map(|pixel| table[usize::from(pixel[channel])]).collect()
        };
        Self { width, height, planes: [plane(0), plane(1), plane(2)] }
    }

    /// Some of its rows.
    pub(super) fn rows(&self, rows: Range<usize>) -> Self {
        let samples = rows.start * self.width..rows.end * self.width;
        let planes = self.planes.each_ref().map(|plane| plane[samples.clone()].to_vec());
        Self { width: self.width, height: rows.len(), planes }
    }

    /// Add rows of the same width below.
    pub(super) fn append(&mut self, below: Self) {
        for (plane, more) in self.planes.iter_mut().zip(below.planes) {
            plane.extend(more);
        }
        self.height += below.height;
    }

    /// At half the size, rounded up.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let planes = self.planes.each_ref().map(|plane| {
            let mut out = Vec::with_capacity(width * height);
            for y in 0..height {
                let row = |y: usize| {
                    let start = y.min(self.height - 1) * self.width;
                    &plane[start..start + self.width]
                };
                let (upper, lower) = (row(2 * y), row(2 * y + 1));
                for x in 0..width {
                    let (left, right) = (2 * x, (2 * x + 1).min(self.width - 1));
                    out.push((upper[left] + upper[right] + lower[left] + lower[right]) * 0.25);
                }
            }
            out
        });
        Self { width, height, planes }
    }
}

/// The absorption of RGB by each kind of cone.
const CONES: [[f32; 3]; 3] =
    [[0.3, 0.622, 0.078], [0.23, 0.692, 0.078], [0.243_422_69, 0.204_767_44, 0.551_809_87]];
const BIAS: f32 = 0.003_793_073_3;

/// The picture's three planes.
pub(super) fn xyb(picture: &Linear) -> [Vec<f32>; 3] {
    static OFFSET: LazyLock<f32> = LazyLock::new(|| BIAS.cbrt());
    let offset = *OFFSET;
    let [red, green, blue] = &picture.planes;
    let [mut xs, mut ys, mut bs] = [(); 3].map(|()| vec![0.0; red.len()]);
    let out = xs.iter_mut().zip(&mut ys).zip(&mut bs);
    for (((out_x, out_y), out_b), ((r, g), b)) in out.zip(red.iter().zip(green).zip(blue)) {
        let [long, middle, short] =
            CONES.map(|[x, y, z]| cube_root(x * r + y * g + z * b + BIAS) - offset);
        let (x, y) = (0.5 * (long - middle), 0.5 * (long + middle));
        *out_x = x * 14.0 + 0.42;
        *out_y = y + 0.01;
        *out_b = short - y + 0.55;
    }
    [xs, ys, bs]
}

/// The cube root of a positive number, by Halley's method from a bit-level estimate: many times as fast
/// as the exact library function, and vectorised, as a division of integers is not.
fn cube_root(value: f32) -> f32 {
    let third = (value.to_bits() as i32 as f32 * (1.0 / 3.0)) as i32;
    let guess = f32::from_bits((third + 709_921_077) as u32);
    let step = |root: f32| {
        let cube = root * root * root;
        root * (cube + 2.0 * value) / (2.0 * cube + value)
    };
    step(step(guess))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cube_roots_are_right() {
        for n in 1..2000 {
            let value = n as f32 / 1500.0;
            assert!((cube_root(value) / value.cbrt() - 1.0).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn grey_has_no_colour() {
        let grey = Linear::of(&[128; 3 * 64], 8);
        let [x, y, b] = xyb(&grey);
        assert!((x[0] - 0.42).abs() < 1e-4 && (b[0] - 0.55).abs() < 1e-3, "{} {}", x[0], b[0]);
        assert!(y[0] > 0.3);
    }
}
