//! Interleaved pixels, for authors of transforms.

use obscura_sdk::Error;

use crate::colour::{from_pixels, pixels, whole};
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;

/// Pixels in sRGB, row by row from the upper left corner: RGB or, if the picture can be
/// transparent, RGBA (alpha 0 is transparent, 255 opaque), not premultiplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    size: Size,
    has_alpha: bool,
    samples: Vec<u8>,
}

impl Pixels {
    /// From RGB: three bytes per pixel.
    ///
    /// # Errors
    /// [`Error::Internal`]: the number of bytes does not match the size.
    pub fn rgb(width: u32, height: u32, samples: Vec<u8>) -> Result<Self, Error> {
        Self::of(Size::new(width, height), false, samples)
    }

    /// From RGBA: four bytes per pixel.
    ///
    /// # Errors
    /// As of [`rgb`](Self::rgb).
    pub fn rgba(width: u32, height: u32, samples: Vec<u8>) -> Result<Self, Error> {
        Self::of(Size::new(width, height), true, samples)
    }

    fn of(size: Size, has_alpha: bool, samples: Vec<u8>) -> Result<Self, Error> {
        let expected = size.pixels().saturating_mul(if has_alpha { 4 } else { 3 });
        if samples.len() as u64 != expected || expected == 0 {
            let Size { width, height } = size;
            let got = samples.len();
            return Err(Error::Internal(format!(
                "{width}×{height} pixels are {expected} bytes, and {got} were given"
            )));
        }
        Ok(Self { size, has_alpha, samples })
    }

    /// From a frame.
    #[must_use]
    pub fn of_frame(frame: &Frame) -> Self {
        let frame = whole(frame);
        let samples = match frame.kind {
            Kind::Luma => frame.plane(0).iter().flat_map(|&y| [y; 3]).collect(),
            _ => pixels(&frame),
        };
        Self { size: frame.size, has_alpha: frame.kind.has_alpha(), samples }
    }

    /// As a frame.
    #[must_use]
    pub fn to_frame(&self) -> Frame {
        if !self.has_alpha {
            return from_pixels(self.size, &self.samples, None);
        }
        let pixels = self.samples.as_chunks::<4>().0;
        let rgb: Vec<u8> = pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
        let alpha = pixels.iter().map(|&[.., alpha]| alpha).collect();
        from_pixels(self.size, &rgb, Some(Raster::new(self.size, alpha)))
    }

    /// Its columns.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.size.width
    }

    /// Its rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.size.height
    }

    /// Whether pixels have alpha.
    #[must_use]
    pub fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    /// Three or four bytes per pixel.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// The pixel at a column and a row; `None` outside of the picture.
    #[must_use]
    pub fn get(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        if x >= self.size.width {
            return None;
        }
        let at = y as usize * self.size.width as usize + x as usize;
        let channels = self.channels();
        match *self.samples.get(at * channels..(at + 1) * channels)? {
            [r, g, b] => Some([r, g, b, 255]),
            [r, g, b, alpha] => Some([r, g, b, alpha]),
            _ => None,
        }
    }

    /// All pixels, with alpha 255 if they have none.
    pub fn iter(&self) -> impl Iterator<Item = [u8; 4]> {
        self.samples.chunks_exact(self.channels()).map(|pixel| match *pixel {
            [r, g, b, alpha] => [r, g, b, alpha],
            [r, g, b] => [r, g, b, 255],
            _ => [0; 4],
        })
    }

    /// All pixels, mutable: slices of RGB or RGBA.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let channels = self.channels();
        self.samples.chunks_exact_mut(channels)
    }

    /// In grey, by the weights of Rec. 601, as in JPEG.
    #[must_use]
    pub fn grayscale(mut self) -> Self {
        for pixel in self.iter_mut() {
            if let [r, g, b, ..] = pixel {
                let sum = 299 * u32::from(*r) + 587 * u32::from(*g) + 114 * u32::from(*b);
                (*r, *g, *b) = [((sum + 500) / 1000) as u8; 3].into();
            }
        }
        self
    }

    fn channels(&self) -> usize {
        if self.has_alpha { 4 } else { 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_bytes_as_pixels_are_demanded() {
        assert!(Pixels::rgb(2, 3, vec![0; 18]).is_ok());
        for (width, height, count) in [(2, 3, 17), (2, 3, 24), (0, 3, 0), (u32::MAX, u32::MAX, 3)] {
            assert!(Pixels::rgb(width, height, vec![0; count]).is_err());
        }
        assert!(Pixels::rgba(2, 3, vec![0; 24]).is_ok());
    }

    #[test]
    fn pixels_become_a_frame_and_pixels_again() {
        let opaque = Pixels::rgb(2, 1, vec![1, 2, 3, 200, 100, 50]).unwrap();
        assert_eq!(Pixels::of_frame(&opaque.to_frame()), opaque);
        let clear = Pixels::rgba(2, 1, vec![10, 20, 30, 255, 0, 0, 0, 0]).unwrap();
        assert_eq!(Pixels::of_frame(&clear.to_frame()), clear);
        assert_eq!((clear.get(0, 0), clear.get(2, 0)), (Some([10, 20, 30, 255]), None));
        assert_eq!(opaque.get(1, 0), Some([200, 100, 50, 255]));
        let grey = opaque.grayscale();
        assert_eq!(grey.samples()[3..], [124, 124, 124]);
    }
}
