//! The pixels of ordinary PNG files: 8 bits a sample, row after row.
//!
//! Inflating and unfiltering go hand in hand, so that a row is still in the cache
//! when its filter is taken off. Of the two checksums, that of the pixels is
//! compared; those of the chunks cover the same data once more.

use std::io::BufRead;

use fdeflate::Decompressor;
use obscura_sdk::Error;

use super::unfilter::{SLACK, unfilter};

/// How far back the compressed data may point.
const WINDOW: usize = 32 * 1024;

/// How much is inflated before the window moves.
const AHEAD: usize = 128 * 1024;

/// How rows are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Bytes a pixel.
    pub(super) bpp: usize,
    /// Bytes a row.
    pub(super) stride: usize,
    pub(super) rows: u32,
}

/// The compressed data, which lies in one chunk after the other.
struct Chunks<R> {
    reader: R,
    /// Bytes that are left in this one.
    left: usize,
}

/// Reads the rows; `reader` stands behind the header of the first chunk of them,
/// which holds `first` bytes.
pub(super) fn read(
    reader: impl BufRead,
    first: u32,
    layout: Layout,
    mut take: impl FnMut(&mut [u8]),
) -> Result<(), Error> {
    let Layout { bpp, stride, rows } = layout;
    let mut chunks = Chunks { reader, left: first as usize };
    let mut inflate = Decompressor::new();
    let full = WINDOW + AHEAD + stride + 1;
    let mut window = vec![0; full + SLACK];
    // What is inflated and not used yet.
    let (mut start, mut end) = (0, 0);
    let [mut row, mut above] = [(); 2].map(|()| vec![0; stride + SLACK]);
    let mut handed = vec![0; stride];
    for _ in 0..rows {
        while end - start <= stride {
            if full - end < SLACK + 1 || end > full - stride.min(AHEAD / 2) {
                let keep = start.min(end.saturating_sub(WINDOW));
                window.copy_within(keep..end, 0);
                (start, end) = (start - keep, end - keep);
            }
            if inflate.is_done() {
                return Err(damaged("it holds fewer rows than it says"));
            }
            let input = chunks.next()?;
            let space = window.get_mut(..full).unwrap_or_default();
            let (used, made) = inflate
                .read(input, space, end, false)
                .map_err(|error| damaged(&format!("its data cannot be inflated ({error:?})")))?;
            chunks.used(used);
            end += made;
        }
        let filter = window.get(start).copied().unwrap_or(0);
        let filtered = window.get(start + 1..).unwrap_or(&[]);
        if !unfilter(filter, bpp, filtered, &above, &mut row, stride) {
            return Err(damaged("a row has an unknown filter"));
        }
        start += stride + 1;
        // Whoever takes it may change it, and the next row needs it.
        handed.copy_from_slice(row.get(..stride).unwrap_or(&[]));
        take(&mut handed);
        std::mem::swap(&mut row, &mut above);
    }
    // The rows are used up; what is inflated from here on is nobody's.
    let space = window.get_mut(..full).unwrap_or_default();
    check_sum(&mut inflate, &mut chunks, space, end)
}

/// Inflates what stands between the last row and the checksum, which fdeflate
/// compares. A file that ends before it has all of its pixels, and will do.
fn check_sum<R: BufRead>(
    inflate: &mut Decompressor,
    chunks: &mut Chunks<R>,
    space: &mut [u8],
    mut end: usize,
) -> Result<(), Error> {
    while !inflate.is_done() && end < space.len() {
        let Ok(input) = chunks.next() else { break };
        let (used, made) = inflate
            .read(input, space, end, false)
            .map_err(|error| damaged(&format!("its data cannot be inflated ({error:?})")))?;
        if used + made == 0 {
            break;
        }
        chunks.used(used);
        end += made;
    }
    Ok(())
}

impl<R: BufRead> Chunks<R> {
    /// Some bytes, at least one.
    fn next(&mut self) -> Result<&[u8], Error> {
        while self.left == 0 {
            // The checksum of this chunk, then the next one's length and name.
            let mut between = [0; 12];
            self.reader.read_exact(&mut between).map_err(|error| super::unreadable(&error))?;
            let [_, _, _, _, length @ .., b'I', b'D', b'A', b'T'] = between else {
                return Err(super::cut_short());
            };
            self.left = u32::from_be_bytes(length) as usize;
        }
        let left = self.left;
        let bytes = self.reader.fill_buf().map_err(|error| super::unreadable(&error))?;
        if bytes.is_empty() {
            return Err(super::cut_short());
        }
        Ok(bytes.get(..left).unwrap_or(bytes))
    }

    fn used(&mut self, count: usize) {
        self.reader.consume(count);
        self.left = self.left.saturating_sub(count);
    }
}

fn damaged(why: &str) -> Error {
    Error::Malformed(format!("the PNG file is damaged: {why}"))
}
