//! A picture in linear light, at every scale.

use std::ops::Range;

use super::xyb::Linear;

/// The number of scales.
const SCALES: usize = 6;

/// The minimum side of a compared picture.
const SMALLEST: usize = 8;

/// Rows that are halved together; even, so that no pair of rows is split.
const BAND: usize = 128;

/// A picture at every scale. In full size it is kept in bytes, a quarter of the memory.
pub(super) struct Pyramid {
    rgb: Vec<u8>,
    width: usize,
    height: usize,
    halves: Vec<Linear>,
}

impl Pyramid {
    /// From RGB pixels in sRGB. None if it is too small.
    pub(super) fn new(rgb: Vec<u8>, width: usize) -> Option<Self> {
        let height = (rgb.len() / 3).checked_div(width)?;
        if width < SMALLEST || height < SMALLEST {
            return None;
        }
        let mut pyramid = Self { rgb, width, height, halves: Vec::new() };
        // As in the original, the size is checked before halving.
        while pyramid.len() < SCALES && pyramid.last_side() >= SMALLEST {
            let half = pyramid.halved(pyramid.len() - 1);
            pyramid.halves.push(half);
        }
        Some(pyramid)
    }

    /// The number of scales.
    pub(super) fn len(&self) -> usize {
        1 + self.halves.len()
    }

    /// Width and height at a scale; 0 is the full size.
    pub(super) fn size(&self, scale: usize) -> (usize, usize) {
        match scale.checked_sub(1).and_then(|half| self.halves.get(half)) {
            Some(half) => (half.width, half.height),
            None => (self.width, self.height),
        }
    }

    /// Rows of the picture at a scale.
    pub(super) fn rows(&self, scale: usize, rows: Range<usize>) -> Linear {
        match scale.checked_sub(1).and_then(|half| self.halves.get(half)) {
            Some(half) => half.rows(rows),
            None => {
                let row = 3 * self.width;
                Linear::of(&self.rgb[rows.start * row..rows.end * row], self.width)
            }
        }
    }

    fn last_side(&self) -> usize {
        let (width, height) = self.size(self.len() - 1);
        width.min(height)
    }

    fn halved(&self, scale: usize) -> Linear {
        let (_, height) = self.size(scale);
        let mut half = self.rows(scale, 0..height.min(BAND)).halved();
        for start in (BAND..height).step_by(BAND) {
            half.append(self.rows(scale, start..height.min(start + BAND)).halved());
        }
        half
    }
}
