//! The range of samples: full, as in JPEG, or limited, as in video and lossy WebP.

/// The range of a plane's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 0 to 255.
    Full,
    /// Luma of video: 16 to 235.
    Luma,
    /// Chroma of video: 16 to 240.
    Chroma,
}

impl Range {
    /// The limited range of plane `index` of YCbCr.
    pub fn of_video(index: usize) -> Self {
        if index == 0 { Self::Luma } else { Self::Chroma }
    }

    /// The lookup table from this range to full range.
    pub fn to_full(self) -> [u8; 256] {
        let (width, from, to) = match self {
            Self::Full => (255.0, 0.0, 0.0),
            Self::Luma => (219.0, 16.0, 0.0),
            Self::Chroma => (224.0, 128.0, 128.0),
        };
        std::array::from_fn(|value| {
            ((value as f64 - from) * 255.0 / width + to).round().clamp(0.0, 255.0) as u8
        })
    }

    /// Expands samples of this range to full range.
    pub fn widen(self, samples: &mut [u8]) {
        if self != Self::Full {
            let table = self.to_full();
            samples.iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
        }
    }
}
