//! The decoder: a row of blocks at a time.
//!
//! Samples are predicted from surrounding samples before the loop filter. So a block is decoded in
//! a separate small square, with a copy of its surroundings, and moved to the strip when it is
//! finished; the strip is filtered when its row is complete. Filtering a row also changes the last
//! samples of the row above, so strips lag behind by half a block.

mod bits;
mod content;
mod error;
mod filter;
mod header;
mod modes;
mod residue;
mod rows;
mod square;
mod strip;
mod tokens;

use bits::BitReader;
use content::Content;
use filter::Strength;
use header::Header;
use modes::{Context, Modes};
use residue::{Coefficients, narrow};
use square::Square;
use strip::Canvas;

pub use error::Error;
pub use rows::{Rows, Strip};

const MALFORMED: Error = Error::Malformed("a partition is missing");

/// Decodes a key frame from memory.
pub struct Decoder<'a> {
    width: usize,
    height: usize,
    /// Blocks across and down, and the next row.
    across: usize,
    down: usize,
    row: usize,
    header: Header,
    first: BitReader<'a>,
    partitions: Vec<BitReader<'a>>,
    context: Context,
    /// Whether sub-blocks above and to the left have coefficients: four of luma, two of each chroma
    /// plane, one of DC coefficients.
    above: Vec<[bool; 9]>,
    square: Square,
    coefficients: [Coefficients; 24],
    canvas: Canvas,
    /// The filter of each block in the row, if any, and whether it applies to the sub-blocks, too.
    filters: Vec<Option<(Strength, bool)>>,
    with_filter: bool,
}

impl<'a> Decoder<'a> {
    /// Reads the header of a frame, the content of a WebP file's `VP8 ` chunk. The only allocation
    /// that grows with the picture is two rows of blocks.
    ///
    /// # Errors
    ///
    /// [`Error`], if the header is invalid or truncated.
    pub fn new(frame: &'a [u8]) -> Result<Self, Error> {
        let ((width, height), first, tokens) = header::split(frame)?;
        if width == 0 || height == 0 {
            return Err(Error::Malformed("it has no pixels"));
        }
        let mut first = BitReader::new(first);
        let (header, partitions) = header::read(&mut first, tokens)?;
        let (across, down) = (width.div_ceil(16), height.div_ceil(16));
        Ok(Self {
            width,
            height,
            across,
            down,
            row: 0,
            first,
            partitions,
            context: Context::new(across),
            above: vec![[false; 9]; across],
            square: Square::new(across),
            coefficients: [[0; 16]; 24],
            canvas: Canvas::new(across),
            filters: vec![None; across],
            with_filter: header.filtered,
            header,
        })
    }

    /// Width and height in pixels, 1 to 16383.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Disables the loop filter. Block edges are then visible, unless the picture is reduced to a
    /// third or less afterwards.
    pub fn set_unfiltered(&mut self) {
        self.with_filter = false;
    }

    /// The next rows, or `None` after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`]. The decoder cannot be used after an error.
    pub fn next_strip(&mut self) -> Result<Option<Strip<'_>>, Error> {
        if self.row >= self.down {
            return Ok(None);
        }
        let y = self.row;
        self.row += 1;
        if y > 0 {
            self.canvas.advance();
        }
        self.decode_row(y)?;
        if self.with_filter {
            self.canvas.filter(&self.filters, self.header.simple_filter, y > 0);
        }
        Ok(Some(self.canvas.strip(y, self.row == self.down, self.width, self.height)))
    }

    fn decode_row(&mut self, y: usize) -> Result<(), Error> {
        let part = y & (self.partitions.len() - 1);
        let mut tokens = *self.partitions.get(part).ok_or(MALFORMED)?;
        let mut first = self.first;
        let mut left = [false; 9];
        self.context.start_row();
        self.square.start_row(y);
        for x in 0..self.across {
            let modes = self.context.read(&mut first, &self.header, x);
            let content = self.coefficients(&mut tokens, &modes, x, &mut left);
            self.square.enter(x);
            self.square.luma(&modes, &mut self.coefficients, &content);
            self.square.chroma(modes.chroma, &mut self.coefficients, &content);
            self.square.leave(x, &mut self.canvas);
            if self.with_filter {
                let segment = &self.header.segments[modes.segment & 3];
                let level = segment.filter[usize::from(modes.whole.is_none())];
                let full = content.iter().any(|&c| c != Content::Nothing);
                let inner = full || modes.whole.is_none();
                let strength = Strength::new(level, self.header.sharpness);
                self.filters[x] = (level > 0).then_some((strength, inner));
            }
        }
        (self.first, self.partitions[part]) = (first, tokens);
        if tokens.starved() || first.starved() { Err(Error::Truncated) } else { Ok(()) }
    }

    /// Reads the coefficients of block `x`.
    fn coefficients(
        &mut self,
        tokens: &mut BitReader<'a>,
        modes: &Modes,
        x: usize,
        left: &mut [bool; 9],
    ) -> [Content; 24] {
        let mut content = [Content::Nothing; 24];
        let above = &mut self.above[x];
        let whole = modes.whole.is_some();
        if modes.empty {
            let kept = (above[8], left[8]);
            (*above, *left) = ([false; 9], [false; 9]);
            if !whole {
                (above[8], left[8]) = kept;
            }
            return content;
        }
        // The types of blocks, as numbered in the tables.
        const LUMA_REST: usize = 0;
        const CONSTANTS: usize = 1;
        const CHROMA: usize = 2;
        const LUMA: usize = 3;
        let segment = &self.header.segments[modes.segment & 3];
        let tables = &*self.header.tokens;
        let blocks = &mut self.coefficients;
        let (kind, start) = if whole { (LUMA_REST, 1) } else { (LUMA, 0) };
        if whole {
            let mut constants = [0; 16];
            let context = usize::from(above[8]) + usize::from(left[8]);
            let end = tokens::read(
                tokens,
                &tables[CONSTANTS],
                context,
                0,
                segment.constants,
                &mut constants,
            );
            (above[8], left[8]) = (end > 0, end > 0);
            if end > 0 {
                let constants = constants.map(i32::from);
                let each = crate::transform::inverse_constants(&constants);
                for (block, constant) in blocks.iter_mut().zip(each) {
                    block[0] = narrow(constant);
                }
            }
        }
        for i in 0..16 {
            let (above, left) = (&mut above[i & 3], &mut left[i >> 2]);
            let context = usize::from(*above) + usize::from(*left);
            let block = &mut blocks[i];
            let end = tokens::read(tokens, &tables[kind], context, start, segment.luma, block);
            (*above, *left) = (end > start, end > start);
            content[i] = match end {
                2.. => Content::Full,
                _ if block[0] != 0 => Content::Constant,
                _ => Content::Nothing,
            };
        }
        for i in 0..8 {
            let (above, left) = (&mut above[4 + i / 4 * 2 + i % 2], &mut left[4 + i / 2]);
            let context = usize::from(*above) + usize::from(*left);
            let block = &mut blocks[16 + i];
            let end = tokens::read(tokens, &tables[CHROMA], context, 0, segment.chroma, block);
            (*above, *left) = (end > 0, end > 0);
            content[16 + i] = match end {
                2.. => Content::Full,
                1 if block[0] != 0 => Content::Constant,
                _ => Content::Nothing,
            };
        }
        content
    }
}

#[cfg(test)]
mod tests;
