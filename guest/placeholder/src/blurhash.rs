//! BlurHash: the lowest frequencies of a picture in a few characters
//! (<https://github.com/woltapp/blurhash/blob/master/Algorithm.md>).

use std::f32::consts::PI;

use obscura_picture::Pixels;

const DIGITS: &[u8; 83] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/// The hash of a picture, with four components along its longer side and three along the other. It
/// does not support alpha: transparent pixels are white.
pub(crate) fn of(picture: &Pixels) -> String {
    let (width, height) = (picture.width(), picture.height());
    let (across, down) = if width >= height { (4, 3) } else { (3, 4) };
    let factors: Vec<[f32; 3]> = (0..down)
        .flat_map(|j| (0..across).map(move |i| (i, j)))
        .map(|(i, j)| factor(picture, i, j))
        .collect();
    let (mean, others) = factors.split_first().map_or(([0.0; 3], &[][..]), |(m, o)| (*m, o));

    let mut hash = String::new();
    push(&mut hash, (across - 1) + (down - 1) * 9, 1);
    let largest = others.iter().flatten().fold(0.0f32, |most, value| most.max(value.abs()));
    let scale = (largest * 166.0 - 0.5).floor().clamp(0.0, 82.0);
    push(&mut hash, scale as u32, 1);
    let [r, g, b] = mean.map(encoded);
    push(&mut hash, r << 16 | g << 8 | b, 4);
    let most = (scale + 1.0) / 166.0;
    for factor in others {
        let quantised = factor.map(|value| {
            let root = (value.abs() / most).sqrt().copysign(value);
            (root * 9.0 + 9.5).floor().clamp(0.0, 18.0) as u32
        });
        push(&mut hash, quantised.iter().fold(0, |all, value| all * 19 + value), 2);
    }
    hash
}

/// The coefficient of the cosine with `i` half waves horizontally and `j` vertically.
fn factor(picture: &Pixels, i: u32, j: u32) -> [f32; 3] {
    let (width, height) = (picture.width(), picture.height());
    let mut sums = [0.0; 3];
    for (at, pixel) in picture.iter().enumerate() {
        let (x, y) = (at as u32 % width, at as u32 / width);
        let wave = |k: u32, at: u32, length: u32| (PI * k as f32 * at as f32 / length as f32).cos();
        let basis = wave(i, x, width) * wave(j, y, height);
        let [colours @ .., alpha] = pixel;
        let opacity = f32::from(alpha) / 255.0;
        for (sum, value) in sums.iter_mut().zip(colours) {
            *sum += basis * (linear(value) * opacity + 1.0 - opacity);
        }
    }
    let weight = if (i, j) == (0, 0) { 1.0 } else { 2.0 };
    sums.map(|sum| sum * weight / (width * height) as f32)
}

/// sRGB to linear light.
fn linear(value: u8) -> f32 {
    let value = f32::from(value) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// Linear light to sRGB.
fn encoded(value: f32) -> u32 {
    let value = value.clamp(0.0, 1.0);
    let value =
        if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0 + 0.5) as u32
}

/// Append a number in base 83.
fn push(hash: &mut String, number: u32, digits: u32) {
    for place in (0..digits).rev() {
        let digit = number / 83u32.pow(place) % 83;
        hash.extend(DIGITS.get(digit as usize).map(|&digit| char::from(digit)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_colour_has_a_mean_and_nothing_else() {
        let picture = Pixels::rgb(6, 4, [255, 0, 0].repeat(24)).unwrap();
        let hash = of(&picture);
        assert_eq!(hash.len(), 1 + 1 + 4 + 2 * 11);
        // 4 × 3 components; the mean is red.
        let number = |text: &str| {
            text.bytes().fold(0, |all, digit| {
                all * 83 + DIGITS.iter().position(|&d| d == digit).unwrap() as u32
            })
        };
        assert_eq!(number(&hash[..1]), 3 + 2 * 9);
        assert_eq!(number(&hash[2..6]), 0xff0000);
    }

    #[test]
    fn it_is_what_other_encoders_make() {
        // By the Python package blurhash 1.1.5.
        let pixel = |at: u32| [at as u8 % 32 * 8, (at / 32) as u8 * 10, 128];
        let picture = Pixels::rgb(32, 24, (0..32 * 24).flat_map(pixel).collect()).unwrap();
        assert_eq!(of(&picture), "LxH27k2swxX8mHWWjtf7gJfjfQfj");
    }
}
