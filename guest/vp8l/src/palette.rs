//! Pictures of few colours.

use std::collections::BTreeSet;

use crate::bits::BitWriter;
use crate::packed::subtract;
use crate::stream;

/// The largest number of colours in a palette.
const MOST: usize = 256;

/// The colours of a picture, in order.
pub(crate) struct Palette {
    colours: Vec<u32>,
}

impl Palette {
    /// None if there are too many.
    pub(crate) fn of(pixels: &[u32]) -> Option<Self> {
        let mut found = BTreeSet::new();
        let mut last = None;
        for &pixel in pixels {
            if last != Some(pixel) {
                last = Some(pixel);
                found.insert(pixel);
                if found.len() > MOST {
                    return None;
                }
            }
        }
        Some(Self { colours: found.into_iter().collect() })
    }

    /// Bits of an index.
    fn bits(&self) -> usize {
        match self.colours.len() {
            0..=2 => 1,
            3..=4 => 2,
            5..=16 => 4,
            _ => 8,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.colours.len()
    }

    /// Write the transform.
    pub(crate) fn write(&self, out: &mut BitWriter) {
        out.put(self.colours.len() as u32 - 1, 8);
        let before = std::iter::once(0).chain(self.colours.iter().copied());
        let steps =
            self.colours.iter().zip(before).map(|(&colour, before)| subtract(colour, before));
        stream::write_small(&steps.collect::<Vec<u32>>(), self.colours.len(), out);
    }

    /// The pixels' indices in green, several per pixel if they fit, and the number of pixels in a
    /// row.
    pub(crate) fn indices(&self, pixels: &[u32], width: usize) -> (Vec<u32>, usize) {
        let bits = self.bits();
        let together = 8 / bits;
        let mut last = None;
        let mut index = |pixel: u32| match last {
            Some((known, index)) if known == pixel => index,
            _ => {
                let index = self.colours.binary_search(&pixel).unwrap_or(0) as u32;
                last = Some((pixel, index));
                index
            }
        };
        let mut indices = Vec::with_capacity(pixels.len() / together + pixels.len() / width);
        for row in pixels.chunks(width) {
            indices.extend(row.chunks(together).map(|group| {
                let group = group.iter().enumerate();
                let packed = group.fold(0, |all, (i, &pixel)| all | index(pixel) << (i * bits));
                0xff00_0000 | packed << 8
            }));
        }
        (indices, width.div_ceil(together))
    }
}
