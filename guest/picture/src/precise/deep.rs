//! Pictures with 16-bit samples.

use crate::frame::Kind;
use crate::geometry::{Canvas, Size};
use crate::light::TO_LINEAR_16;
use crate::orientation::Orientation;

/// Interleaved samples, not premultiplied.
#[derive(Debug, Clone, PartialEq)]
pub struct Deep {
    /// Its size in pixels.
    pub size: Size,
    /// [`Kind::Luma`], [`Kind::Rgb`] or [`Kind::Rgba`].
    pub kind: Kind,
    /// `size.pixels()` of them for each plane of `kind`.
    pub samples: Vec<u16>,
}

impl Deep {
    /// Add a row of big-endian samples, with grey and alpha if `pairs`.
    pub fn push(&mut self, row: &[u8], pairs: bool) {
        let samples = row.as_chunks::<2>().0.iter().copied().map(u16::from_be_bytes);
        if !pairs {
            self.samples.extend(samples);
            return;
        }
        let samples: Vec<u16> = samples.collect();
        let pairs = samples.as_chunks::<2>().0;
        self.samples.extend(pairs.iter().flat_map(|&[y, alpha]| [y, y, y, alpha]));
    }

    /// A row of samples, 0 to 1, premultiplied.
    pub(super) fn row(&self, y: usize, linear: bool, row: &mut [f32]) {
        let channels = self.kind.planes();
        let line = self.size.width as usize * channels;
        let samples = self.samples.get(y * line..(y + 1) * line).unwrap_or(&[]);
        let table: Option<&[f32]> = linear.then(|| TO_LINEAR_16.as_slice());
        let plain = |value: u16| f32::from(value) / 65535.0;
        let value = |value: u16| match table {
            Some(table) => table.get(usize::from(value)).copied().unwrap_or(0.0),
            None => plain(value),
        };
        for (out, pixel) in row.chunks_exact_mut(channels).zip(samples.chunks_exact(channels)) {
            let alpha = pixel.get(3).map_or(1.0, |&alpha| plain(alpha));
            for (channel, (out, &sample)) in out.iter_mut().zip(pixel).enumerate() {
                *out = if channel == 3 { alpha } else { value(sample) * alpha };
            }
        }
    }

    /// Rotated upright.
    pub fn upright(self, orientation: Orientation) -> Self {
        if orientation == Orientation::UPRIGHT {
            return self;
        }
        let channels = self.kind.planes();
        let (size, place) = orientation.places(self.size);
        let mut samples = Vec::with_capacity(self.samples.len());
        for (x, y) in (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))) {
            let at = place(x, y) * channels;
            samples.extend(self.samples.get(at..at + channels).unwrap_or(&[]));
        }
        Self { size, samples, ..self }
    }

    /// On a larger canvas of one RGBA colour.
    pub fn padded(self, canvas: Canvas, background: [u8; 4]) -> Self {
        let opaque = background[3] == 255 && self.kind != Kind::Rgba;
        let kind = if opaque { Kind::Rgb } else { Kind::Rgba };
        let fill = background.map(|value| u16::from(value) * 257);
        let channels = kind.planes();
        let own = self.kind.planes();
        let mut samples = fill[..channels].repeat(canvas.size.pixels() as usize);
        let width = canvas.size.width as usize;
        let rows = self.samples.chunks_exact((self.size.width as usize * own).max(1));
        let targets = samples.chunks_exact_mut((width * channels).max(1));
        for (target, row) in targets.skip(canvas.top as usize).zip(rows) {
            let target = target.chunks_exact_mut(channels).skip(canvas.left as usize);
            for (target, pixel) in target.zip(row.chunks_exact(own)) {
                let pixel = match *pixel {
                    [y] => [y, y, y, u16::MAX],
                    [r, g, b] => [r, g, b, u16::MAX],
                    [r, g, b, a] => [r, g, b, a],
                    _ => continue,
                };
                target.copy_from_slice(&pixel[..channels]);
            }
        }
        Self { size: canvas.size, kind, samples }
    }

    /// Planar, premultiplied.
    #[must_use]
    pub fn planes(&self) -> Vec<Vec<u16>> {
        let channels = self.kind.planes();
        let plane = |channel: usize| {
            let pixels = self.samples.chunks_exact(channels);
            let weighted = pixels.map(|pixel| match (pixel.get(channel), pixel.get(3)) {
                (Some(&value), Some(&alpha)) if channel < 3 => {
                    ((u32::from(value) * u32::from(alpha) + 32_767) / 65_535) as u16
                }
                (value, _) => value.copied().unwrap_or(0),
            });
            weighted.collect()
        };
        (0..channels).map(plane).collect()
    }

    /// From premultiplied planes, as from [`Deep::planes`].
    #[must_use]
    pub fn with_planes(mut self, planes: &[Vec<u16>]) -> Self {
        self.samples = interleaved(planes);
        self
    }
}

/// Interleaved, not premultiplied.
fn interleaved(planes: &[Vec<u16>]) -> Vec<u16> {
    let count = planes.first().map_or(0, Vec::len);
    let mut samples = Vec::with_capacity(count * planes.len());
    for at in 0..count {
        let alpha = planes.get(3).and_then(|alpha| alpha.get(at)).copied();
        for (channel, plane) in planes.iter().enumerate() {
            let value = plane.get(at).copied().unwrap_or(0);
            samples.push(match alpha {
                Some(alpha) if channel < 3 => {
                    let raised = u32::from(value) * 65_535 + u32::from(alpha) / 2;
                    raised.checked_div(alpha.into()).unwrap_or(0).min(65_535) as u16
                }
                _ => value,
            });
        }
    }
    samples
}
