//! A VP8 key frame: the lossy picture of a WebP file (RFC 6386).
//!
//! Each 16×16 block is predicted from the reconstructed samples around it, as a whole or in 4×4
//! parts, by the mode with the lowest rate-distortion cost. The residue is transformed and
//! quantised, more coarsely where the picture has much detail; its bits are recorded, and written
//! when their probabilities are known.

mod bits;
mod choice;
mod chroma;
mod encoder;
mod luma;
mod modes;
mod quant;
mod segments;
mod source;
mod tokens;
mod trellis;
mod trial;

use crate::predict::AS_SUB_MODE;
use bits::BitWriter;
use choice::Choice;
use encoder::Encoder;
use tokens::{CHROMA, CONSTANTS, Costs, LUMA, LUMA_REST, Recorder};
use trial::Trial;

pub use source::Source;

/// A frame stores the length of its header and modes in 19 bits.
const MAX_MODES: usize = (1 << 19) - 1;

/// Encode planes in video range, chroma of half the size (rounded up), at a quality from 1 to 100.
/// Width and height are 1 to 16383. None if the modes of all blocks do not fit into a frame.
#[must_use]
pub fn encode(planes: [Source<'_>; 3], quality: u8) -> Option<Vec<u8>> {
    encode_within(planes, quality, MAX_MODES)
}

/// Blocks are predicted as a whole if their modes would not fit otherwise.
fn encode_within(planes: [Source<'_>; 3], quality: u8, max_modes: usize) -> Option<Vec<u8>> {
    [true, false].into_iter().find_map(|may_divide| {
        let mut encoder = Encoder::new(&planes, quality, may_divide);
        for y in 0..encoder.down {
            encoder.row(&planes, y);
        }
        encoder.finish(planes[0].width, planes[0].height, max_modes)
    })
}

impl Encoder {
    fn row(&mut self, planes: &[Source<'_>; 3], y: usize) {
        self.left = [0; 4];
        self.left_full = [false; 9];
        // The statistics so far give the costs of the rest.
        if y > 0 && y.is_multiple_of(4) {
            self.costs = Costs::new(&self.recorder.table(&self.bit), &self.bit);
        }
        for x in 0..self.across {
            let mut luma = [0; 256];
            planes[0].block::<16>(x * 16, y * 16, &mut luma);
            let mut chroma = [0; 128];
            planes[1].block::<8>(x * 8, y * 8, &mut chroma[..64]);
            planes[2].block::<8>(x * 8, y * 8, &mut chroma[64..]);

            let segment = self.segments.map[y * self.across + x];
            self.quantiser = self.quantisers[usize::from(segment)].clone();
            let (whole_mode, whole) = self.whole(&luma, x, y);
            let (parts, divided) = self.parts(&luma, x, y);
            let lambda = self.quantiser.lambda_mode;
            let as_whole = !self.may_divide || whole.score(lambda) <= divided.score(lambda);
            let (mode, trial) = if as_whole { (Some(whole_mode), whole) } else { (None, divided) };
            let parts = if as_whole { [AS_SUB_MODE[whole_mode]; 16] } else { parts };
            self.decoded[0].set::<16>(x * 16, y * 16, &trial.samples, 16);
            self.above[x * 4..x * 4 + 4].copy_from_slice(&parts[12..]);
            self.left = std::array::from_fn(|row| parts[row * 4 + 3]);

            let (chroma_mode, chroma) = self.chroma(&chroma, x, y);
            self.decoded[1].set::<8>(x * 8, y * 8, &chroma.samples[..64], 8);
            self.decoded[2].set::<8>(x * 8, y * 8, &chroma.samples[64..128], 8);

            let first = usize::from(as_whole);
            let empty = trial.levels.iter().all(|levels| levels.end <= first)
                && (!as_whole || trial.constants.end == 0)
                && chroma.levels[..8].iter().all(|levels| levels.end == 0);
            self.record(x, as_whole, empty, &trial, &chroma);
            self.choices.push(Choice { whole: mode, parts, chroma: chroma_mode, empty, segment });
        }
    }

    /// Record the levels of a block, and the contexts for its neighbours.
    fn record(&mut self, x: usize, as_whole: bool, empty: bool, luma: &Trial, chroma: &Trial) {
        let (above, left) = (&mut self.above_full[x], &mut self.left_full);
        if empty {
            above[..8].fill(false);
            left[..8].fill(false);
            if as_whole {
                (above[8], left[8]) = (false, false);
            }
            return;
        }
        let (kind, first) = if as_whole { (LUMA_REST, 1) } else { (LUMA, 0) };
        if as_whole {
            let context = usize::from(above[8]) + usize::from(left[8]);
            let full = self.recorder.record(&luma.constants, CONSTANTS, context, 0);
            (above[8], left[8]) = (full, full);
        }
        for (i, levels) in luma.levels.iter().enumerate() {
            let (above, left) = (&mut above[i % 4], &mut left[i / 4]);
            let context = usize::from(*above) + usize::from(*left);
            let full = self.recorder.record(levels, kind, context, first);
            (*above, *left) = (full, full);
        }
        for (i, levels) in chroma.levels.iter().take(8).enumerate() {
            let (above, left) = (&mut above[4 + i / 4 * 2 + i % 2], &mut left[4 + i / 2]);
            let context = usize::from(*above) + usize::from(*left);
            let full = self.recorder.record(levels, CHROMA, context, 0);
            (*above, *left) = (full, full);
        }
    }

    /// The frame: its tag, the header and the modes, the tokens. None if header and modes have
    /// more bytes than `max_modes`.
    fn finish(self, width: usize, height: usize, max_modes: usize) -> Option<Vec<u8>> {
        let table = self.recorder.table(&self.bit);
        let mut head = BitWriter::new();
        head.put_bits(0, 2); // Colour space, clamping.
        let segments = self.write_segments(&mut head);
        head.put_bits(0, 1); // The normal filter.
        // Decoders skip the filter if this is 0, whatever the segments say.
        head.put_bits(self.quantisers.iter().map(|one| one.filter).max().unwrap_or(0), 6);
        head.put_bits(0, 3); // Sharpness.
        head.put_bits(0, 1); // No adjustments of the filter.
        head.put_bits(0, 2); // One partition of tokens.
        head.put_bits(self.quantiser.index as u32, 7);
        head.put_bits(0, 5); // No differences between steps.
        head.put_bits(0, 1); // Probabilities are for this frame.
        Recorder::write_table(&table, &mut head);
        let full = self.choices.iter().filter(|choice| !choice.empty).count();
        let skip = (full * 255 / self.choices.len().max(1)).clamp(1, 255) as u8;
        head.put_bits(1, 1);
        head.put_bits(u32::from(skip), 8);
        self.write_modes(&mut head, skip, segments);
        let head = head.finish();
        if head.len() > max_modes {
            return None;
        }

        let mut body = BitWriter::new();
        self.recorder.write(&table, &mut body);
        let body = body.finish();

        let mut frame = Vec::with_capacity(10 + head.len() + body.len());
        let tag = 1 << 4 | (head.len() as u32) << 5;
        frame.extend_from_slice(&tag.to_le_bytes()[..3]);
        frame.extend_from_slice(&[0x9d, 0x01, 0x2a]);
        frame.extend_from_slice(&(width as u16).to_le_bytes());
        frame.extend_from_slice(&(height as u16).to_le_bytes());
        frame.extend_from_slice(&head);
        frame.extend_from_slice(&body);
        Some(frame)
    }
}

#[cfg(test)]
mod tests;
