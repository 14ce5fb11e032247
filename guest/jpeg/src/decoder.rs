//! The decoder: walks the markers and drives the scans.

use crate::error::Error;
use crate::frame::Frame;
use crate::header::{Application, FrameHeader, Header};
use crate::plane::{Planes, Strip};
use crate::progressive::Progressive;
use crate::sequential::SequentialScan;
use crate::source::Source;
use crate::tables::{Scan, Tables};
use std::io::Read;

/// No encoder writes more scans; each may require a pass over the whole picture.
const MAX_SCANS: usize = 128;

/// Decodes one JPEG from a reader, a row of MCUs at a time.
///
/// Baseline files are decoded on demand and need memory for one row of MCUs. Progressive files, and
/// those with components in separate scans, are read completely at the first row. By default, a
/// damaged or truncated file is an error; see [`Self::set_lenient`].
pub struct Decoder<R> {
    source: Source<R>,
    tables: Tables,
    header: Header,
    /// The scan whose data come next.
    scan: Scan,
    scale: usize,
    match_luma: bool,
    chroma_scale: usize,
    lenient: bool,
    max_pixels: u64,
    max_memory: u64,
    truncated: bool,
    state: State,
}

enum State {
    /// Decoding has not started; settings may change.
    Ready,
    Rows(Box<Work>),
}

/// The current output rows.
struct Work {
    frame: Frame,
    canvases: Vec<Vec<u8>>,
    /// The first MCU row of `canvases`.
    first: usize,
    /// The next MCU row to return.
    next: usize,
    from: From,
}

/// The source of a row's samples.
enum From {
    /// A scan that is decoded while it is read.
    Scan(SequentialScan),
    /// Complete coefficients.
    Coefficients(Progressive),
    /// None: the canvases are finished.
    Canvas,
}

impl<R: Read> Decoder<R> {
    /// Reads everything up to the first scan.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::Unsupported`] and [`Error::Truncated`] depending on the
    /// markers, [`Error::Io`] if the reader fails.
    pub fn new(reader: R) -> Result<Self, Error> {
        let mut source = Source::new(reader);
        source.start_of_image()?;
        let mut tables = Tables::default();
        let mut application = Application::default();
        let mut frame: Option<FrameHeader> = None;
        let mut segment = Vec::new();
        let scan = loop {
            let marker = source.next_marker()?.ok_or(Error::Truncated)?;
            if matches!(marker, 0x01 | 0xd0..=0xd8) {
                continue;
            }
            if marker == 0xd9 {
                return Err(Error::Malformed("there is no picture in it"));
            }
            source.segment(&mut segment)?;
            match (marker, &frame) {
                (0xc4, _) => tables.read_huffman(&segment)?,
                (0xdb, _) => tables.read_quant(&segment)?,
                (0xdd, _) => tables.read_restart(&segment)?,
                (0xe0..=0xef, _) => application.note(marker - 0xe0, &segment),
                (0xc0..=0xcf, None) if marker != 0xc8 && marker != 0xcc => {
                    frame = Some(FrameHeader::parse(marker, &segment)?);
                }
                (0xc0..=0xcf, Some(_)) if marker != 0xc8 && marker != 0xcc => {
                    return Err(Error::Malformed("there are two frame headers"));
                }
                (0xda, Some(f)) => break Scan::parse(&segment, &f.components, f.progressive)?,
                (0xda, None) => return Err(Error::Malformed("a scan stands before the frame")),
                _ => {}
            }
        };
        let frame = frame.ok_or(Error::Malformed("there is no frame header"))?;
        if !frame.progressive {
            tables.add_standard();
        }
        Ok(Self {
            source,
            tables,
            header: application.header(frame),
            scan,
            scale: 8,
            match_luma: false,
            chroma_scale: 8,
            lenient: false,
            max_pixels: 1 << 28,
            max_memory: 1 << 30,
            truncated: false,
            state: State::Ready,
        })
    }

    /// The file's header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Decodes at `eighths` eighths of the size, 1 to 8 (other values are clamped), rounded up:
    /// each block becomes `eighths` × `eighths` samples. No effect once rows have been returned.
    pub fn set_scale(&mut self, eighths: u8) {
        self.scale = usize::from(eighths.clamp(1, 8));
    }

    /// Decodes subsampled components at up to twice (or four times) the scale, so that they need
    /// less upsampling, or none. By default, they keep their proportion.
    pub fn set_match_luma(&mut self, on: bool) {
        self.match_luma = on;
    }

    /// Decodes every component but the first at `eighths` eighths of its size, 1 to 8, if it is
    /// smaller than the scale: for pictures whose chroma will be smaller than luma.
    pub fn set_chroma_scale(&mut self, eighths: u8) {
        self.chroma_scale = usize::from(eighths.clamp(1, 8));
    }

    /// Fills in missing parts of a damaged or truncated file, as libjpeg does, instead of refusing
    /// it: grey where nothing is known. [`Self::truncated`] reports it afterwards.
    pub fn set_lenient(&mut self, on: bool) {
        self.lenient = on;
    }

    /// The limits of pixels (of the full-size picture) and memory in bytes. By default, 2^28 pixels
    /// and 1 GiB. The reader's own buffers are not included.
    pub fn set_limits(&mut self, max_pixels: u64, max_memory: u64) {
        (self.max_pixels, self.max_memory) = (max_pixels, max_memory);
    }

    /// Whether a lenient decoder has filled in missing parts so far.
    pub fn truncated(&self) -> bool {
        self.truncated || self.source.corrupt
    }

    /// Width and height in pixels at the current scale.
    pub fn output_size(&self) -> (usize, usize) {
        let scaled = |v: u32| (v as usize * self.scale).div_ceil(8);
        (scaled(self.header.width), scaled(self.header.height))
    }

    /// The next row of MCUs, or `None` after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] before anything is allocated, if the picture is too large; afterwards
    /// [`Error::Truncated`] and [`Error::Malformed`] (not in lenient mode), and [`Error::Io`].
    /// After an error, the decoder must not be used further.
    pub fn next_strip(&mut self) -> Result<Option<Strip<'_>>, Error> {
        if matches!(self.state, State::Ready) {
            self.state = State::Rows(self.start(false)?);
        }
        let State::Rows(work) = &mut self.state else { return Ok(None) };
        let row = work.next;
        if row >= work.frame.mcus.1 {
            return Ok(None);
        }
        match &mut work.from {
            From::Scan(scan) => {
                scan.decode_row(&mut self.source, &mut work.canvases, 0)?;
                self.truncated |= scan.progress.truncated;
                work.first = row;
            }
            From::Coefficients(coefficients) => {
                coefficients.render(row, &mut work.canvases, 0);
                work.first = row;
            }
            From::Canvas => {}
        }
        work.next += 1;
        let (frame, first) = (&work.frame, work.first);
        let canvases = work.canvases.iter().enumerate();
        let planes = canvases.map(|(c, canvas)| frame.rows(c, canvas, row, first)).collect();
        Ok(Some(Strip { y: row * frame.mcu_height, planes }))
    }

    /// Decodes the whole picture.
    ///
    /// # Errors
    ///
    /// As [`Self::next_strip`]; whole planes count against the memory limit. After strips have been
    /// taken, it is [`Error::Usage`].
    pub fn decode(mut self) -> Result<Planes, Error> {
        if !matches!(self.state, State::Ready) {
            return Err(Error::Usage("some rows were already taken"));
        }
        let mut work = self.start(true)?;
        for row in 0..work.frame.mcus.1 {
            match &mut work.from {
                From::Scan(scan) => {
                    scan.decode_row(&mut self.source, &mut work.canvases, row)?;
                    self.truncated |= scan.progress.truncated;
                }
                From::Coefficients(c) => c.render(row, &mut work.canvases, row),
                From::Canvas => break,
            }
        }
        Ok(Planes {
            width: work.frame.width,
            height: work.frame.height,
            planes: work.frame.planes(work.canvases),
            truncated: self.truncated || self.source.corrupt,
        })
    }

    /// Checks the limits, allocates, and reads whatever must be read before the first row.
    fn start(&mut self, whole: bool) -> Result<Box<Work>, Error> {
        let header = &self.header;
        if u64::from(header.width) * u64::from(header.height) > self.max_pixels {
            return Err(Error::Limit("too many pixels"));
        }
        let frame = Frame::new(header, self.scale, self.match_luma, self.chroma_scale);
        let one_scan = self.scan.components.len() == header.components.len();
        let buffered = !header.progressive && !one_scan;
        let canvas_rows = if whole || buffered { frame.mcus.1 } else { 1 };
        let coefficients = if header.progressive { Progressive::bytes(&frame) } else { 0 };
        // Whatever the caller allows, an allocation must fit the address space.
        let allowed = self.max_memory.min(isize::MAX as u64);
        if frame.canvas_bytes(canvas_rows).saturating_add(coefficients) > allowed {
            return Err(Error::Limit("too much memory"));
        }
        let mut work = Work { canvases: Vec::new(), first: 0, next: 0, from: From::Canvas, frame };
        if header.progressive {
            let coefficients = self.read_progressive(&work.frame)?;
            work.canvases = work.frame.canvases(canvas_rows)?;
            work.from = From::Coefficients(coefficients);
        } else {
            work.canvases = work.frame.canvases(canvas_rows)?;
            if buffered {
                self.read_sequential(&work.frame, &mut work.canvases)?;
            } else {
                work.from = From::Scan(self.begin_scan(&work.frame, &mut Vec::new())?);
            }
        }
        Ok(Box::new(work))
    }

    /// Starts the next sequential scan. `quant` has the components' tables: a component uses the
    /// one that is active at its first scan.
    fn begin_scan(
        &mut self,
        frame: &Frame,
        quant: &mut Vec<Option<[i16; 64]>>,
    ) -> Result<SequentialScan, Error> {
        quant.resize(self.header.components.len(), None);
        for part in &self.scan.components {
            let table = self.header.components.get(part.index).map_or(0, |c| c.table);
            if let Some(slot @ None) = quant.get_mut(part.index) {
                *slot = self.tables.quant.get(usize::from(table)).copied().flatten();
            }
        }
        SequentialScan::new(&self.scan, frame, quant, &self.tables, self.lenient, &mut self.source)
    }

    /// Reads all scans of a file with components in separate scans.
    fn read_sequential(&mut self, frame: &Frame, canvases: &mut [Vec<u8>]) -> Result<(), Error> {
        let mut quant = Vec::new();
        let mut seen = vec![false; self.header.components.len()];
        for _ in 0..MAX_SCANS {
            let mut scan = self.begin_scan(frame, &mut quant)?;
            for row in 0..scan.rows {
                scan.decode_row(&mut self.source, canvases, row)?;
            }
            self.truncated |= scan.progress.truncated;
            scan.finish(&mut self.source);
            for part in &self.scan.components {
                if let Some(s) = seen.get_mut(part.index) {
                    *s = true;
                }
            }
            // Data after the last component is ignored, as with a single scan.
            if seen.iter().all(|&s| s) {
                return Ok(());
            }
            match self.next_scan()? {
                Next::Scan => {}
                Next::EndOfImage | Next::EndOfFile if self.lenient => {
                    self.truncated = true;
                    return Ok(());
                }
                Next::EndOfFile => return Err(Error::Truncated),
                Next::EndOfImage => return Err(Error::Malformed("a component has no scan")),
            }
        }
        Err(Error::Limit("too many scans"))
    }

    /// Reads all scans of a progressive file.
    fn read_progressive(&mut self, frame: &Frame) -> Result<Progressive, Error> {
        let mut coefficients = Progressive::new(frame, self.lenient)?;
        for _ in 0..MAX_SCANS {
            let components = &self.header.components;
            coefficients.scan(&self.scan, &self.tables, components, &mut self.source)?;
            self.truncated |= coefficients.truncated;
            match self.next_scan()? {
                Next::Scan => continue,
                Next::EndOfImage => {}
                Next::EndOfFile if coefficients.complete() => {}
                Next::EndOfFile if self.lenient => self.truncated = true,
                Next::EndOfFile => return Err(Error::Truncated),
            }
            return Ok(coefficients);
        }
        Err(Error::Limit("too many scans"))
    }

    /// Reads the markers up to the next scan's data.
    fn next_scan(&mut self) -> Result<Next, Error> {
        let mut segment = Vec::new();
        loop {
            let Some(marker) = self.source.next_marker()? else { return Ok(Next::EndOfFile) };
            match marker {
                0xd9 => return Ok(Next::EndOfImage),
                0xc0..=0xcf | 0xda | 0xdb | 0xdd => {}
                0xdc | 0xde..=0xef | 0xfe => {
                    match self.source.segment(&mut segment) {
                        Err(Error::Truncated) if self.lenient => return Ok(Next::EndOfFile),
                        other => other?,
                    }
                    continue;
                }
                _ => continue,
            }
            match self.source.segment(&mut segment) {
                Err(Error::Truncated) if self.lenient => return Ok(Next::EndOfFile),
                other => other?,
            }
            match marker {
                0xc4 => self.tables.read_huffman(&segment)?,
                0xdb => self.tables.read_quant(&segment)?,
                0xdd => self.tables.read_restart(&segment)?,
                0xda => {
                    let header = &self.header;
                    self.scan = Scan::parse(&segment, &header.components, header.progressive)?;
                    return Ok(Next::Scan);
                }
                _ => return Err(Error::Malformed("there are two frame headers")),
            }
        }
    }
}

/// The result of [`Decoder::next_scan`].
enum Next {
    Scan,
    EndOfImage,
    EndOfFile,
}
