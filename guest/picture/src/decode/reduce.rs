//! Box averaging by whole factors, row by row: the cheapest way to reduce a picture.
//!
//! It is much cheaper than the resampler, and only the small picture is kept in memory. As long as
//! the result still has twice the needed pixels in each direction, it is indistinguishable from
//! resampling the whole picture (libvips does the same).

/// The headroom in each direction.
const HEADROOM: f64 = 2.0;

/// The possible reduction if `scale` of the size is needed.
pub(super) fn reduction(scale: f64) -> u32 {
    let factor = 1.0 / (scale * HEADROOM);
    // At most 64, so that sums of 8-bit samples fit into 16 bits.
    if factor.is_finite() { (factor as u32).clamp(1, 64) } else { 1 }
}

/// Sums rows of interleaved samples.
pub(super) struct Reducer {
    factor: usize,
    channels: usize,
    /// Column sums of the rows so far: adding rows can be vectorised; adding neighbours cannot, and
    /// is done once at the end.
    sums: Vec<u16>,
    rows: usize,
}

impl Reducer {
    /// For rows of `width` pixels of `channels` samples.
    pub(super) fn new(width: usize, channels: usize, factor: u32) -> Self {
        let sums = if factor > 1 { vec![0; width * channels] } else { Vec::new() };
        Self { factor: factor as usize, channels, sums, rows: 0 }
    }

    /// Adds a row. Returns whether [`Self::take`] has a row of means.
    pub(super) fn add(&mut self, row: &[u8]) -> bool {
        for (sum, &sample) in self.sums.iter_mut().zip(row) {
            *sum = sum.wrapping_add(u16::from(sample));
        }
        self.rows += 1;
        self.rows == self.factor
    }

    /// Whether there are rows since the last means.
    pub(super) fn pending(&self) -> bool {
        self.rows > 0
    }

    /// Appends the means of the rows that were added.
    pub(super) fn take(&mut self, out: &mut Vec<u8>) {
        match self.channels {
            1 => self.means::<1>(out),
            3 => self.means::<3>(out),
            _ => self.means::<4>(out),
        }
        self.sums.fill(0);
        self.rows = 0;
    }

    fn means<const N: usize>(&self, out: &mut Vec<u8>) {
        // A multiplication instead of a division; exact, as counts are at most 4096.
        let scale = |count: u32| (1u64 << 32).div_ceil(u64::from(count.max(1)));
        let mean = |sum: u32, count: u32, scale: u64| {
            let mean = (u64::from(sum + count / 2) * scale) >> 32;
            mean.min(255) as u8
        };
        let full = (self.factor * self.rows) as u32;
        let full_scale = scale(full);
        for pixels in self.sums.as_chunks::<N>().0.chunks(self.factor) {
            let mut sum = [0u32; N];
            for pixel in pixels {
                for (sum, &part) in sum.iter_mut().zip(pixel) {
                    *sum += u32::from(part);
                }
            }
            // The last column has fewer pixels if the width is not a multiple.
            let (count, scale) = if pixels.len() == self.factor {
                (full, full_scale)
            } else {
                let count = (pixels.len() * self.rows) as u32;
                (count, scale(count))
            };
            out.extend(sum.map(|sum| mean(sum, count, scale)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_exact_at_the_edges_too() {
        let mut reducer = Reducer::new(5, 1, 2);
        let mut out = Vec::new();
        for y in 0..5u8 {
            let row: Vec<u8> = (0..5).map(|x| x * 10 + y * 50).collect();
            if reducer.add(&row) {
                reducer.take(&mut out);
            }
        }
        assert!(reducer.pending());
        reducer.take(&mut out);
        assert_eq!(out, [30, 50, 65, 130, 150, 165, 205, 225, 240]);
    }

    #[test]
    fn reductions_leave_twice_what_is_needed() {
        assert_eq!(reduction(1.0), 1);
        assert_eq!(reduction(0.3), 1);
        assert_eq!(reduction(0.25), 2);
        assert_eq!(reduction(0.1), 5);
        assert_eq!(reduction(0.0), 1);
    }
}
