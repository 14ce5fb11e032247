//! The encoder: planes in, a few rows at a time.

mod code;
mod fdct;
mod headers;
mod progressive;
mod prune;
mod strip;
mod token;
mod value;
mod writer;

use crate::error::Error;
use crate::plane::Rows;
use code::Code;
use fdct::Quantiser;
use progressive::Store;
use prune::prune;
use std::io::Write;
use strip::Strip;
use token::Tokens;
use value::rounded;
use writer::BitWriter;

/// How the planes lie on the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// One plane of luminance.
    Gray,
    /// Three planes of full size.
    S444,
    /// Chrominance at half the width, rounded up.
    S422,
    /// Chrominance at half the width and half the height, rounded up.
    S420,
}

impl Sampling {
    /// The luminance's sampling factors; chrominance has 1 × 1.
    fn factors(self) -> (usize, usize) {
        match self {
            Self::Gray | Self::S444 => (1, 1),
            Self::S422 => (2, 1),
            Self::S420 => (2, 2),
        }
    }

    /// Width and height of plane `index` of a picture.
    #[must_use]
    pub fn plane_size(self, index: usize, width: usize, height: usize) -> (usize, usize) {
        let (h, v) = if index == 0 { (1, 1) } else { self.factors() };
        (width.div_ceil(h), height.div_ceil(v))
    }

    /// How many planes there are.
    #[must_use]
    pub fn planes(self) -> usize {
        if self == Self::Gray { 1 } else { 3 }
    }
}

/// Settings of the encoder.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Width in pixels, 1 to 65,535.
    pub width: usize,
    /// Height in pixels, 1 to 65,535.
    pub height: usize,
    /// How the planes lie on the picture.
    pub sampling: Sampling,
    /// 1 to 100, on libjpeg's scale.
    pub quality: u8,
    /// Write a progressive file. It is slower to decode, and larger than a baseline file for
    /// thumbnails.
    pub progressive: bool,
    /// Optimise Huffman codes for this picture, which saves about 5 %. Otherwise, rows are written
    /// immediately. Progressive files always have optimised codes.
    pub optimize: bool,
    /// An ICC profile to embed.
    pub icc: Option<Vec<u8>>,
    /// Further application segments: number (1 for Exif) and payload, written in this order.
    pub segments: Vec<(u8, Vec<u8>)>,
}

impl Settings {
    /// Quality 80, 4:2:0, baseline, optimised codes, no metadata.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            sampling: Sampling::S420,
            quality: 80,
            progressive: false,
            optimize: true,
            icc: None,
            segments: Vec::new(),
        }
    }
}

/// Encodes one JPEG to a writer.
pub struct Encoder<W> {
    writer: W,
    /// Bytes for the writer.
    out: Vec<u8>,
    strips: Vec<Strip>,
    quantisers: [Quantiser; 2],
    across: usize,
    /// The number of remaining MCU rows.
    rows_left: usize,
    predictions: [i32; 3],
    mode: Mode,
}

enum Mode {
    /// Written immediately.
    Standard { tokens: Tokens, codes: Box<[u32; 1024]>, bits: BitWriter },
    /// Tokens are buffered until their codes are known.
    Optimal(Tokens),
    /// Coefficients are buffered for several scans.
    Progressive(Vec<Store>),
}

/// The class and number of each code of [`code::standard`] in DHT.
const PLACES: [u8; 4] = [0x00, 0x01, 0x10, 0x11];

/// A block without samples.
static EMPTY: [i16; 64] = [0; 64];

impl<W: Write> Encoder<W> {
    /// Prepares everything up to the first scan.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if the size or a segment does not fit into a JPEG.
    pub fn new(writer: W, settings: &Settings) -> Result<Self, Error> {
        let size = match (u16::try_from(settings.width), u16::try_from(settings.height)) {
            (Ok(w @ 1..), Ok(h @ 1..)) => (w, h),
            _ => return Err(Error::Usage("a JPEG has 1 to 65,535 pixels in width and height")),
        };
        let planes = settings.sampling.planes();
        let (h, v) = settings.sampling.factors();
        let across = settings.width.div_ceil(8 * h);
        let rows_left = settings.height.div_ceil(8 * v);
        let tables = headers::quant_tables(settings.quality);
        let mut out = Vec::new();
        headers::start(&mut out);
        for (number, payload) in &settings.segments {
            if *number > 15 || payload.len() > 65_533 {
                return Err(Error::Usage("an application segment has the wrong number or size"));
            }
            headers::segment(&mut out, 0xe0 + number, &[payload]);
        }
        if let Some(profile) = &settings.icc {
            if profile.len() > 255 * headers::MAX_ICC_PART {
                return Err(Error::Usage("the ICC profile is too large"));
            }
            headers::icc(&mut out, profile);
        }
        headers::quantisation(&mut out, tables.get(..planes.min(2)).unwrap_or_default());
        let factors = [(h << 4 | v) as u8, 0x11, 0x11];
        let factors = factors.get(..planes).unwrap_or_default();
        headers::frame(&mut out, settings.progressive, size, factors);
        let strips: Vec<Strip> = (0..planes)
            .map(|c| {
                let size = settings.sampling.plane_size(c, settings.width, settings.height);
                let blocks = if c == 0 { (h, v) } else { (1, 1) };
                Strip::new(size, blocks, across)
            })
            .collect();
        let mode = if settings.progressive {
            Mode::Progressive(strips.iter().map(Store::new).collect())
        } else if settings.optimize {
            Mode::Optimal(Tokens::new())
        } else {
            let standard = code::standard();
            let codes = start_scan(&mut out, &standard, planes);
            Mode::Standard { tokens: Tokens::new(), codes, bits: BitWriter::new() }
        };
        Ok(Self {
            writer,
            out,
            strips,
            quantisers: [Quantiser::new(&tables[0]), Quantiser::new(&tables[1])],
            across,
            rows_left,
            predictions: [0; 3],
            mode,
        })
    }

    /// Accepts the next rows of each plane, any number of them, as long as no plane is ahead of
    /// another by more than a row of MCUs.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if the planes do not match the settings or are too far ahead;
    /// [`Error::Io`].
    pub fn write_rows(&mut self, planes: &[Rows<'_>]) -> Result<(), Error> {
        if planes.len() != self.strips.len() {
            return Err(Error::Usage("the number of planes does not fit the sampling"));
        }
        let mut taken = vec![0; planes.len()];
        loop {
            for ((strip, plane), taken) in self.strips.iter_mut().zip(planes).zip(&mut taken) {
                *taken += strip.take(plane, *taken)?;
            }
            if !self.strips.iter().all(Strip::is_full) {
                break;
            }
            self.encode_row()?;
        }
        let all = planes.iter().zip(&taken).all(|(p, &t)| t == p.height);
        if all { Ok(()) } else { Err(Error::Usage("one plane's rows run ahead of another's")) }
    }

    /// Writes the rest and returns the writer.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if rows are missing, [`Error::Io`].
    pub fn finish(mut self) -> Result<W, Error> {
        if self.rows_left > 0 {
            return Err(Error::Usage("rows are missing"));
        }
        match &mut self.mode {
            Mode::Standard { bits, .. } => bits.finish(&mut self.out),
            Mode::Optimal(tokens) => write_scan(tokens, self.strips.len(), &mut self.out),
            Mode::Progressive(stores) => progressive::write(stores, self.across, &mut self.out),
        }
        self.out.extend_from_slice(&[0xff, 0xd9]);
        self.writer.write_all(&self.out)?;
        self.writer.flush()?;
        Ok(self.writer)
    }

    /// Transforms the full strips.
    fn encode_row(&mut self) -> Result<(), Error> {
        if self.rows_left == 0 {
            return Err(Error::Usage("there are more rows than the picture has"));
        }
        self.rows_left -= 1;
        let row = Row { strips: &self.strips, quantisers: &self.quantisers, across: self.across };
        match &mut self.mode {
            Mode::Standard { tokens, .. } | Mode::Optimal(tokens) => {
                row.tokens(&mut self.predictions, tokens);
            }
            Mode::Progressive(stores) => row.store(stores),
        }
        if let Mode::Standard { tokens, codes, bits } = &mut self.mode {
            for piece in tokens.pieces() {
                bits.write(piece, codes, &mut self.out);
            }
            tokens.clear();
            self.writer.write_all(&self.out)?;
            self.out.clear();
        }
        self.strips.iter_mut().for_each(Strip::clear);
        Ok(())
    }
}

/// A row of MCUs.
struct Row<'a> {
    strips: &'a [Strip],
    quantisers: &'a [Quantiser; 2],
    across: usize,
}

impl Row<'_> {
    /// In the order of a single scan.
    fn tokens(&self, predictions: &mut [i32; 3], tokens: &mut Tokens) {
        let mut block = [0; 64];
        for x in 0..self.across {
            for (c, (strip, prediction)) in self.strips.iter().zip(&mut *predictions).enumerate() {
                let class = usize::from(c > 0);
                let (h, v) = strip.blocks;
                for by in 0..v {
                    for bx in x * h..(x + 1) * h {
                        if strip.is_padding(bx, by) {
                            tokens.block(&EMPTY, 0, 0, class as u32);
                            continue;
                        }
                        let mask = self.transform(strip, (bx, by), class, &mut block);
                        let dc = i32::from(rounded(block[0]));
                        tokens.block(&block, mask, dc - *prediction, class as u32);
                        *prediction = dc;
                    }
                }
            }
        }
    }

    /// Component by component.
    fn store(&self, stores: &mut [Store]) {
        let mut block = [0; 64];
        for (c, (strip, store)) in self.strips.iter().zip(stores).enumerate() {
            for by in 0..strip.blocks.1 {
                for bx in 0..strip.blocks.0 * self.across {
                    if strip.is_padding(bx, by) {
                        store.push_padding(bx, by);
                        continue;
                    }
                    let mask = self.transform(strip, (bx, by), usize::from(c > 0), &mut block);
                    store.push(&block, mask);
                }
            }
        }
    }

    /// Block `at` of a strip, transformed, in sixteenths of a step; and which coefficients to code.
    #[inline(always)]
    fn transform(
        &self,
        strip: &Strip,
        at: (usize, usize),
        class: usize,
        block: &mut [i16; 64],
    ) -> u64 {
        let quantiser = &self.quantisers[class & 1];
        let coded = fdct::forward(strip.at(at.0, at.1), strip.stride, quantiser, block);
        if coded.weak != 0 && quantiser.may_prune() {
            prune(block, coded.some, coded.weak, class as u32)
        } else {
            coded.some
        }
    }
}

/// Writes the single scan of tokens, with optimal codes.
fn write_scan(tokens: &Tokens, planes: usize, out: &mut Vec<u8>) {
    let used = |i: usize| tokens.counts.chunks_exact(256).nth(i).unwrap_or_default();
    let codes: [Code; 4] = std::array::from_fn(|i| Code::optimal(used(i)));
    let lookup = start_scan(out, &codes, planes);
    let mut bits = BitWriter::new();
    for piece in tokens.pieces() {
        bits.write(piece, &lookup, out);
    }
    bits.finish(out);
}

/// Writes the codes' DHT and the single scan's header; returns the code tables.
fn start_scan(out: &mut Vec<u8>, codes: &[Code; 4], planes: usize) -> Box<[u32; 1024]> {
    let used = |&(place, _): &(u8, &Code)| planes > 1 || place & 15 == 0;
    let placed: Vec<(u8, &Code)> = PLACES.into_iter().zip(codes).filter(used).collect();
    headers::huffman(out, &placed);
    headers::scan(out, [0, 1, 2].get(..planes).unwrap_or_default(), (0, 63));
    let mut lookup = Box::new([0; 1024]);
    for (table, code) in lookup.as_chunks_mut().0.iter_mut().zip(codes) {
        code.lookup(table);
    }
    lookup
}

/// Encodes whole planes into memory.
///
/// # Errors
///
/// [`Error::Usage`] if the planes do not fit the settings.
pub fn encode(planes: &[Rows<'_>], settings: &Settings) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder::new(Vec::new(), settings)?;
    encoder.write_rows(planes)?;
    encoder.finish()
}
