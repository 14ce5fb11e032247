//! Decodes an AV1 picture with `re_rav1d` on the calling thread.

use obscura_sdk::Error;
use re_rav1d::{Decoder, PixelLayout, PlanarImageComponent, Settings};

use super::fault::damaged;
use super::sequence::Sequence;
use crate::geometry::Size;

/// The maximum number of pixels per picture: the decoder's limit with 32-bit addresses.
pub(super) const MOST_PIXELS: u64 = 8192 * 8192;

/// A decoded picture.
pub(in crate::decode) struct Coded {
    planes: Vec<Plane>,
}

pub(in crate::decode) struct Plane {
    pub(in crate::decode) samples: Samples,
    /// Bytes from one row to the next.
    pub(in crate::decode) stride: usize,
    pub(in crate::decode) columns: usize,
    pub(in crate::decode) rows: usize,
    /// Whether a sample has two bytes.
    pub(in crate::decode) wide: bool,
}

/// Bytes of samples, in native byte order.
pub(in crate::decode) enum Samples {
    Av1(re_rav1d::Plane),
    #[cfg(feature = "heic")]
    Hevc(Vec<u8>),
}

impl Samples {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Av1(plane) => plane,
            #[cfg(feature = "heic")]
            Self::Hevc(bytes) => bytes,
        }
    }
}

impl Coded {
    #[cfg(feature = "heic")]
    pub(in crate::decode) fn new(planes: Vec<Plane>) -> Self {
        Self { planes }
    }

    /// The first picture of a stream with this header.
    pub(super) fn decode(
        stream: Vec<u8>,
        sequence: &Sequence,
        operating_point: u8,
    ) -> Result<Self, Error> {
        let mut settings = Settings::new();
        // With one thread, it starts no further threads.
        settings.set_n_threads(1);
        settings.set_max_frame_delay(1);
        settings.set_all_layers(false);
        settings.set_operating_point(operating_point.into());
        // No frame may be larger than the header says, which determined the memory check.
        settings.set_frame_size_limit(u32::try_from(sequence.size.pixels()).unwrap_or(u32::MAX));
        let broken = |error: re_rav1d::Error| damaged(&format!("AV1: {error}").to_lowercase());
        let mut decoder = Decoder::with_settings(&settings).map_err(broken)?;
        match decoder.send_data(stream, None, None, None) {
            Ok(()) | Err(re_rav1d::Error::Again) => {}
            Err(error) => return Err(broken(error)),
        }
        let picture = decoder.get_picture().map_err(|error| match error {
            re_rav1d::Error::Again => damaged("it shows no picture"),
            other => broken(other),
        })?;
        let layout = match sequence.chroma {
            None => PixelLayout::I400,
            Some((1, _)) => PixelLayout::I444,
            Some((_, 1)) => PixelLayout::I422,
            Some(_) => PixelLayout::I420,
        };
        let size = Size::new(picture.width(), picture.height());
        let depth = picture.bit_depth();
        if (size, picture.pixel_layout(), depth) != (sequence.size, layout, sequence.depth as usize)
        {
            return Err(damaged("a picture is of another kind than its header says"));
        }
        let names = [PlanarImageComponent::Y, PlanarImageComponent::U, PlanarImageComponent::V];
        let count = if sequence.chroma.is_some() { 3 } else { 1 };
        let planes = names.into_iter().take(count).enumerate().map(|(index, name)| {
            let (across, down) = sequence.steps(index);
            Plane {
                stride: picture.stride(name) as usize,
                columns: size.width.div_ceil(across) as usize,
                rows: size.height.div_ceil(down) as usize,
                wide: depth > 8,
                samples: Samples::Av1(picture.plane(name)),
            }
        });
        Ok(Self { planes: planes.collect() })
    }

    /// Appends the `table` entry of each sample in row `y` of a plane, or in its last row.
    pub(super) fn append<T: Copy + Default>(
        &self,
        plane: usize,
        y: usize,
        table: &[T],
        out: &mut Vec<T>,
    ) {
        let Some(plane) = self.planes.get(plane) else { return };
        let start = y.min(plane.rows.saturating_sub(1)) * plane.stride;
        let row = plane.samples.bytes().get(start..).unwrap_or(&[]);
        let of = |sample: usize| table.get(sample).copied().unwrap_or_default();
        if plane.wide {
            let pairs = row.as_chunks::<2>().0.iter().take(plane.columns);
            out.extend(pairs.map(|&pair| of(u16::from_ne_bytes(pair).into())));
        } else {
            out.extend(row.iter().take(plane.columns).map(|&sample| of(sample.into())));
        }
    }
}
