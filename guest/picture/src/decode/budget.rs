//! The limits of a picture.

use obscura_sdk::{Error, Limits};

use crate::geometry::Size;

/// The limits of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Budget(pub Limits);

impl Budget {
    /// Memory reserved for the program itself and an encoder.
    pub(super) const OVERHEAD: u64 = 24 << 20;

    /// Check the number of pixels.
    pub fn pixels(self, size: Size) -> Result<(), Error> {
        let Size { width, height } = size;
        if width == 0 || height == 0 {
            return Err(Error::Malformed(format!(
                "the picture says it is {width}×{height} pixels"
            )));
        }
        if size.pixels() > self.0.max_pixels {
            return Err(Error::LimitExceeded(format!(
                "the picture has {width}×{height} pixels, more than the {} allowed; \
                 make it smaller, or raise the limit of pixels",
                self.0.max_pixels
            )));
        }
        Ok(())
    }

    /// Check the memory for decoding.
    pub fn memory(self, size: Size, bytes: u64) -> Result<(), Error> {
        let needed = bytes.saturating_add(Self::OVERHEAD);
        if needed > self.0.max_memory {
            return Err(Error::LimitExceeded(format!(
                "the picture of {}×{} pixels needs {} MiB of memory, more than the {} allowed; \
                 make it smaller, or raise the limit of memory",
                size.width,
                size.height,
                needed >> 20,
                self.0.max_memory >> 20
            )));
        }
        Ok(())
    }
}
