//! The pixel layout of a TIFF, from its first directory.

use obscura_sdk::Error;

use super::fault::{damaged, rare};
use crate::geometry::Size;
use crate::tiff::Tiff;

/// Tags (TIFF 6.0).
mod tag {
    pub(super) const WIDTH: u16 = 256;
    pub(super) const LENGTH: u16 = 257;
    pub(super) const BITS: u16 = 258;
    pub(super) const COMPRESSION: u16 = 259;
    pub(super) const PHOTOMETRIC: u16 = 262;
    pub(super) const FILL_ORDER: u16 = 266;
    pub(super) const STRIP_OFFSETS: u16 = 273;
    pub(super) const SAMPLES: u16 = 277;
    pub(super) const ROWS_PER_STRIP: u16 = 278;
    pub(super) const STRIP_BYTES: u16 = 279;
    pub(super) const PLANAR: u16 = 284;
    pub(super) const FAX3_OPTIONS: u16 = 292;
    pub(super) const PREDICTOR: u16 = 317;
    pub(super) const TILE_WIDTH: u16 = 322;
    pub(super) const TILE_LENGTH: u16 = 323;
    pub(super) const TILE_OFFSETS: u16 = 324;
    pub(super) const TILE_BYTES: u16 = 325;
    pub(super) const EXTRA_SAMPLES: u16 = 338;
    pub(super) const SAMPLE_FORMAT: u16 = 339;
    pub(super) const SUBSAMPLING: u16 = 530;
}

/// The compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    /// Fax: modified Huffman, Group 3 in one or two dimensions, Group 4.
    Runs,
    Fax3 {
        two: bool,
    },
    Fax4,
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
}

/// The colour model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    Grey {
        white_is_zero: bool,
    },
    Rgb,
    Palette,
    Cmyk,
    Ycc,
    /// CIE L*a*b*; ICC's variant has other offsets.
    Lab {
        icc: bool,
    },
}

impl Photometric {
    /// Samples per pixel.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::Grey { .. } | Self::Palette => 1,
            Self::Rgb | Self::Ycc | Self::Lab { .. } => 3,
            Self::Cmyk => 4,
        }
    }
}

/// The meaning of the extra sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opacity {
    None,
    Straight,
    Premultiplied,
    /// Unspecified.
    Unspecified,
}

/// The layout of a file.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) size: Size,
    pub(super) photometric: Photometric,
    pub(super) opacity: Opacity,
    pub(super) compression: Compression,
    /// Samples per pixel, all with the same number of bits.
    pub(super) samples: usize,
    pub(super) bits: u32,
    pub(super) is_float: bool,
    pub(super) predictor: u64,
    /// Whether planes are stored separately.
    pub(super) separate: bool,
    /// Whether the lowest bit of a byte comes first.
    pub(super) reversed: bool,
    /// The subsampling of chroma, across and down.
    pub(super) subsampling: (usize, usize),
    /// The size of a strip or a tile.
    pub(super) chunk: (usize, usize),
    pub(super) tiled: bool,
    /// Their offsets.
    pub(super) offsets: Vec<u64>,
    pub(super) lengths: Vec<u64>,
}

/// The maximum number of strips or tiles, in addition to one per smallest tile of the standard (16
/// × 16): each has a fixed cost.
const MOST_CHUNKS: u64 = 65_536;

impl Layout {
    pub(super) fn read(tiff: &Tiff<'_>) -> Result<Self, Error> {
        let size = |tag| tiff.number(tag).and_then(|number| u32::try_from(number).ok());
        let (Some(width), Some(height)) = (size(tag::WIDTH), size(tag::LENGTH)) else {
            return Err(damaged("it does not say how large it is"));
        };
        let numbers = |tag| tiff.numbers(tag).unwrap_or_default();
        let samples = tiff.number(tag::SAMPLES).unwrap_or(1).clamp(1, 1024) as usize;
        let depths = numbers(tag::BITS);
        let bits = depths.first().copied().unwrap_or(1);
        if depths.iter().take(samples).any(|depth| *depth != bits) {
            return Err(rare("samples of different depths"));
        }
        let compression = compression(tiff)?;
        let photometric = photometric(tiff, samples, compression)?;
        let formats = numbers(tag::SAMPLE_FORMAT);
        let is_float = match formats.first() {
            Some(2 | 5) => return Err(rare("samples with a sign")),
            Some(3 | 6) => true,
            _ => false,
        };
        match (bits, is_float) {
            (1..=32, false) | (16 | 32 | 64, true) => {}
            _ => return Err(rare(&format!("samples of {bits} bits"))),
        }
        let colours = photometric.samples();
        if samples < colours {
            return Err(damaged("it has fewer samples than its colours need"));
        }
        let extra = numbers(tag::EXTRA_SAMPLES);
        // Like libvips, an unspecified extra sample is treated as alpha, not premultiplied.
        let opacity = match (samples - colours, extra.first()) {
            (0, _) => Opacity::None,
            (_, Some(1)) => Opacity::Premultiplied,
            (_, Some(2)) => Opacity::Straight,
            (1, _) => Opacity::Unspecified,
            _ => Opacity::None,
        };
        let subsampling = match (photometric, numbers(tag::SUBSAMPLING).as_slice()) {
            (Photometric::Ycc, &[across @ (1 | 2 | 4), down @ (1 | 2 | 4)]) => {
                (across as usize, down as usize)
            }
            (Photometric::Ycc, &[]) => (2, 2),
            (Photometric::Ycc, _) => return Err(damaged("its chroma has an odd size")),
            _ => (1, 1),
        };
        let tiled = tiff.has(tag::TILE_WIDTH) && tiff.has(tag::TILE_OFFSETS);
        let (offsets, lengths) = match tiled {
            true => (tag::TILE_OFFSETS, tag::TILE_BYTES),
            false => (tag::STRIP_OFFSETS, tag::STRIP_BYTES),
        };
        let chunk = if tiled {
            (size(tag::TILE_WIDTH).unwrap_or(0), size(tag::TILE_LENGTH).unwrap_or(0))
        } else {
            // If unspecified or too large, all rows are in one strip.
            let rows = tiff.number(tag::ROWS_PER_STRIP).unwrap_or(u64::MAX);
            (width, rows.min(height.into()) as u32)
        };
        if chunk.0 == 0 || chunk.1 == 0 {
            return Err(damaged("its strips or tiles are empty"));
        }
        Ok(Self {
            size: Size::new(width, height),
            photometric,
            opacity,
            compression,
            samples,
            bits: bits as u32,
            is_float,
            predictor: tiff.number(tag::PREDICTOR).unwrap_or(1),
            separate: tiff.number(tag::PLANAR) == Some(2) && samples > 1,
            reversed: tiff.number(tag::FILL_ORDER) == Some(2),
            subsampling,
            chunk: (chunk.0 as usize, chunk.1 as usize),
            tiled,
            offsets: numbers(offsets),
            lengths: numbers(lengths),
        })
    }

    /// The number of strips or tiles across and down.
    pub(super) fn grid(&self) -> (usize, usize) {
        let Size { width, height } = self.size;
        ((width as usize).div_ceil(self.chunk.0), (height as usize).div_ceil(self.chunk.1))
    }

    /// The number of planes of chunks, and of samples in each.
    pub(super) fn planes(&self) -> (usize, usize) {
        if self.separate { (self.samples, 1) } else { (1, self.samples) }
    }

    /// The bytes of an unpacked row of a chunk.
    pub(super) fn row_bytes(&self) -> usize {
        let bits = self.chunk.0 as u64 * self.planes().1 as u64 * u64::from(self.bits);
        bits.div_ceil(8) as usize
    }

    /// Refuses files that would take too much time or memory for their size, before decoding.
    pub(super) fn check(&self) -> Result<(), Error> {
        let (across, down) = self.grid();
        let planes = self.planes().0 as u64;
        let chunks = (across as u64).saturating_mul(down as u64).saturating_mul(planes);
        let pixels = self.size.pixels();
        if chunks > MOST_CHUNKS.saturating_add(pixels.saturating_mul(planes) / 256) {
            return Err(Error::LimitExceeded(format!(
                "the TIFF has {chunks} strips or tiles for {pixels} pixels, more than are read; \
                 save it with larger ones"
            )));
        }
        let padded = (across as u64 * self.chunk.0 as u64)
            .saturating_mul(down as u64)
            .saturating_mul(self.chunk.1 as u64);
        if padded / 4 > pixels + (1 << 20) {
            return Err(Error::LimitExceeded(
                "the TIFF has tiles far larger than the picture; save it with smaller ones".into(),
            ));
        }
        if (self.offsets.len() as u64) < chunks {
            return Err(damaged("it has fewer strips or tiles than its size needs"));
        }
        let ycc = self.photometric == Photometric::Ycc;
        if ycc && (self.bits != 8 || self.separate || self.samples != 3) {
            return Err(rare("luma and chroma stored otherwise than usual"));
        }
        Ok(())
    }
}

fn compression(tiff: &Tiff<'_>) -> Result<Compression, Error> {
    let options = tiff.number(tag::FAX3_OPTIONS).unwrap_or(0);
    Ok(match tiff.number(tag::COMPRESSION).unwrap_or(1) {
        1 => Compression::None,
        2 | 32771 => Compression::Runs,
        3 => Compression::Fax3 { two: options & 1 == 1 },
        4 => Compression::Fax4,
        5 => Compression::Lzw,
        6 => return Err(rare("JPEG of the old style, compression 6")),
        7 => Compression::Jpeg,
        8 | 32946 => Compression::Deflate,
        32773 => Compression::PackBits,
        other => return Err(rare(&format!("compression {other}"))),
    })
}

/// The colour model; if unspecified, with libtiff's heuristic.
fn photometric(
    tiff: &Tiff<'_>,
    samples: usize,
    compression: Compression,
) -> Result<Photometric, Error> {
    let fax =
        matches!(compression, Compression::Runs | Compression::Fax3 { .. } | Compression::Fax4);
    Ok(match tiff.number(tag::PHOTOMETRIC) {
        Some(0) => Photometric::Grey { white_is_zero: true },
        Some(1) => Photometric::Grey { white_is_zero: false },
        Some(2) => Photometric::Rgb,
        Some(3) => Photometric::Palette,
        Some(5) => Photometric::Cmyk,
        Some(6) => Photometric::Ycc,
        Some(8) => Photometric::Lab { icc: false },
        Some(9) => Photometric::Lab { icc: true },
        None if samples >= 3 => Photometric::Rgb,
        None => Photometric::Grey { white_is_zero: fax },
        Some(other) => return Err(rare(&format!("colours of kind {other}"))),
    })
}
