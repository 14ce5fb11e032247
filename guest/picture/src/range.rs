//! The range of samples: the whole one, as in JPEG, or the one that video and lossy WebP use.

/// What the samples of a plane reach from and to.
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
    /// Of plane `index` of luma and chroma, as video has it.
    pub fn of_video(index: usize) -> Self {
        if index == 0 { Self::Luma } else { Self::Chroma }
    }

    /// For each sample of this range, that of the full one.
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

    /// Brings samples of this range to the full one.
    pub fn widen(self, samples: &mut [u8]) {
        if self != Self::Full {
            let table = self.to_full();
            samples.iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
        }
    }
}
