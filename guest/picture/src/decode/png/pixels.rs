//! The pixels of ordinary PNG files: 8 bits a sample, row after row.
//!
//! Inflating and unfiltering are interleaved, so that a row is still in the cache when it is
//! unfiltered. Of the two checksums, only that of the pixels is verified; those of the chunks cover
//! the same data.

use std::io::BufRead;

use fdeflate::Decompressor;
use obscura_sdk::Error;

use super::four_rows::{self, ROWS};
use super::unfilter::{LEFT, PAETH, SLACK, UP, unfilter};

/// The maximum distance of back-references.
const WINDOW: usize = 32 * 1024;

/// The number of inflated bytes before the window moves.
const AHEAD: usize = 128 * 1024;

/// The layout of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Bytes per pixel.
    pub(super) bpp: usize,
    /// Bytes per row.
    pub(super) stride: usize,
    pub(super) rows: u32,
}

/// The compressed data, over several chunks.
struct Chunks<R> {
    reader: R,
    /// Remaining bytes in this chunk.
    left: usize,
}

/// Reads the rows; `reader` is after the header of the first data chunk, which has `first` bytes.
/// If damage is to be rendered, the checksum is not verified, as that would lose the last rows.
pub(super) fn read(
    reader: impl BufRead,
    first: u32,
    layout: Layout,
    render: bool,
    mut take: impl FnMut(&[u8]),
) -> Result<(), Error> {
    let Layout { bpp, stride, rows } = layout;
    let mut chunks = Chunks { reader, left: first as usize };
    let mut inflate = Decompressor::new();
    if render {
        inflate.ignore_adler32();
    }
    // A row, with the preceding filter type.
    let line = stride + 1;
    let full = WINDOW + AHEAD + ROWS * line;
    let mut window = vec![0; full + SLACK];
    // Inflated data that has not been used yet.
    let (mut start, mut end) = (0, 0);
    // The row above, and the rows.
    let mut made = vec![0; (1 + ROWS) * (stride + SLACK)];
    let mut left = rows as usize;
    // Whether inflating stopped for want of space, perhaps: the last bytes of a file can hold
    // thousands of pixels.
    let mut more = false;
    while left > 0 {
        let count = left.min(ROWS);
        left -= count;
        while end - start < count * line {
            if full - end < SLACK + 1 || end > full - stride.min(AHEAD / 2) {
                let keep = start.min(end.saturating_sub(WINDOW));
                window.copy_within(keep..end, 0);
                (start, end) = (start - keep, end - keep);
            }
            if inflate.is_done() {
                return Err(damaged("it holds fewer rows than it says"));
            }
            let input = if more && chunks.left == 0 { &[] } else { chunks.next()? };
            let space = window.get_mut(..full).unwrap_or_default();
            let (used, got) = inflate
                .read(input, space, end, false)
                .map_err(|error| damaged(&format!("its data cannot be inflated ({error:?})")))?;
            chunks.used(used);
            end += got;
            more = got > 0;
        }
        let filtered = window.get(start..).unwrap_or(&[]);
        if !take_off(filtered, bpp, stride, count, &mut made) {
            return Err(damaged("a row has an unknown filter"));
        }
        start += count * line;
        let rows = made.chunks_exact(stride + SLACK).skip(1).take(count);
        rows.for_each(|row| take(row.get(..stride).unwrap_or(row)));
        let last = count * (stride + SLACK);
        made.copy_within(last..last + stride, 0);
    }
    // All rows are complete; further inflated data is discarded.
    let space = window.get_mut(..full).unwrap_or_default();
    check_sum(&mut inflate, &mut chunks, space, end)
}

/// Unfilters `count` rows, up to [`ROWS`]: `made` has the row above them, and room for them. False
/// if a filter type is unknown.
fn take_off(filtered: &[u8], bpp: usize, stride: usize, count: usize, made: &mut [u8]) -> bool {
    let row = |i: usize| filtered.get(i * (stride + 1)..).and_then(<[u8]>::split_first);
    let mut lines = made.chunks_exact_mut(stride + SLACK);
    if let (3 | 4, Some((filters, rows))) = (bpp, group(row, count, stride + SLACK))
        && let [Some(above), Some(a), Some(b), Some(c), Some(d)] = [(); 5].map(|()| lines.next())
    {
        match bpp {
            3 => four_rows::unfilter::<3>(filters, rows, above, [a, b, c, d]),
            _ => four_rows::unfilter::<4>(filters, rows, above, [a, b, c, d]),
        }
        return true;
    }
    let Some(mut above) = lines.next() else { return false };
    for (i, out) in lines.take(count).enumerate() {
        let (&filter, filtered) = row(i).unwrap_or((&0, &[]));
        if !unfilter(filter, bpp, filtered, above, out, stride) {
            return false;
        }
        above = out;
    }
    true
}

/// The filter types and the rows, `length` bytes each, if there are [`ROWS`] and joint processing
/// is worthwhile: their pixels depend on the left neighbour.
fn group<'a>(
    row: impl Fn(usize) -> Option<(&'a u8, &'a [u8])>,
    count: usize,
    length: usize,
) -> Option<([u8; ROWS], [&'a [u8]; ROWS])> {
    let (mut filters, mut rows): ([u8; ROWS], [&[u8]; ROWS]) = ([0; ROWS], [&[]; ROWS]);
    for (i, (own, slot)) in filters.iter_mut().zip(&mut rows).enumerate() {
        let (&filter, row) = row(i)?;
        (*own, *slot) = (filter, row.get(..length)?);
    }
    let waits = |&filter: &u8| filter >= LEFT && filter != UP;
    let known = filters.iter().all(|&filter| filter <= PAETH);
    (count == ROWS && known && filters.iter().any(waits)).then_some((filters, rows))
}

/// Inflates the rest up to the checksum, which fdeflate verifies. A file that ends before it has
/// all of its pixels, and is accepted.
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
            self.reader
                .read_exact(&mut between)
                .map_err(|error| super::fault::unreadable(&error))?;
            let [_, _, _, _, length @ .., b'I', b'D', b'A', b'T'] = between else {
                return Err(super::fault::cut_short());
            };
            self.left = u32::from_be_bytes(length) as usize;
        }
        let left = self.left;
        let bytes = self.reader.fill_buf().map_err(|error| super::fault::unreadable(&error))?;
        if bytes.is_empty() {
            return Err(super::fault::cut_short());
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
