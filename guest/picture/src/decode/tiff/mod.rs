//! TIFF, strip by strip or tile by tile; the cost is known from the header.

mod chunk;
mod fault;
mod fax;
mod layout;
mod pixels;
mod samples;
mod ycc;

use std::sync::Arc;

use obscura_sdk::Error;

use super::budget::Budget;
use super::demand::{Demand, Header, Picture};
use super::reduce::reduction;
use super::rows::Rows;
use crate::frame::Kind;
use crate::metadata::{self, Blocks};
use crate::orientation::Orientation;
use crate::precise::Deep;
use crate::profile::{Cmyk, Declared, Embedded};
use crate::tiff::{BYTES, OPAQUE, Tiff};
use chunk::Packed;
use fault::damaged;
use layout::{Compression, Layout, Opacity, Photometric};
use pixels::{Pixels, eight_bits};
use ycc::Ycc;

const JPEG_TABLES: u16 = 347;
const ICC: u16 = 34675;

pub(super) fn decode(file: &[u8], budget: Budget, demand: &dyn Demand) -> Result<Picture, Error> {
    let tiff = Tiff::of(file).ok_or_else(|| damaged("it has no directory"))?;
    let mut layout = Layout::read(&tiff)?;
    let size = layout.size;
    budget.pixels(size)?;
    layout.check()?;
    let orientation = metadata::orientation(file).unwrap_or(1);
    let header = Header { size, orientation: Orientation::from_tag(orientation) };
    let factor = reduction(demand.scale(header)?);

    let icc = tiff.value(ICC, &[BYTES, OPAQUE]).map(<[u8]>::to_vec);
    let (inks, profile) = match (layout.photometric, icc) {
        (Photometric::Cmyk, Some(icc)) => match Cmyk::of(&icc) {
            Some(inks) => (Some(inks), Some(Embedded::converted())),
            None => (None, Some(Embedded::unreadable())),
        },
        // Its colours are defined independently of a profile.
        (Photometric::Lab { .. }, _) => (None, None),
        (photometric, icc) => {
            let grey = matches!(photometric, Photometric::Grey { .. });
            (None, Embedded::of(icc.map(Declared::Icc), grey))
        }
    };
    let converts = profile.as_ref().is_some_and(Embedded::converts);
    let kind = pixels::kind(&layout);
    let is_deep = layout.bits > 8 && demand.takes_depth();
    let kept = if is_deep { size.pixels() * kind.planes() as u64 * 2 } else { 0 };
    // Memory for a row of chunks in bytes, another one, and rows of samples.
    let band = chunk::bytes_of(&layout, layout.chunk.1) as u64;
    let (across, _) = layout.grid();
    let planes = (across * layout.planes().0) as u64;
    let held = band.saturating_mul(planes + 3).saturating_add(u64::from(size.width) * 64);
    let made = Rows::bytes(kind, size, factor);
    budget.memory(size, made.saturating_add(kept + held).saturating_add(file.len() as u64))?;

    let chroma = !converts && demand.takes_chroma(header);
    let attempt = |layout: &Layout| -> Result<(Sink, bool), Error> {
        let pixels = Pixels::new(layout, &tiff, inks.as_ref());
        let kind = pixels.kind;
        let mut sink = Sink {
            rows: Rows::new(kind, size, factor, chroma),
            deep: is_deep.then(|| Deep { size, kind, samples: Vec::new() }),
            unseen: kind == Kind::Rgba,
            eight: Vec::new(),
        };
        let damaged = read(file, &tiff, layout, &pixels, demand.renders_damaged(), &mut sink)?;
        Ok((sink, damaged))
    };
    let (mut sink, mut damaged) = attempt(&layout)?;
    if sink.unseen && layout.opacity == Opacity::Unspecified {
        // The picture would be invisible, so it is not alpha.
        layout.opacity = Opacity::None;
        (sink, damaged) = attempt(&layout)?;
    }
    Ok(Picture {
        header,
        frame: sink.rows.finish(),
        profile,
        metadata: Blocks::of_tiff(file),
        deep: sink.deep.map(Arc::new),
        damaged,
    })
}

/// A sink for rows of pixels.
struct Sink {
    rows: Rows,
    deep: Option<Deep>,
    /// Whether all pixels so far are transparent.
    unseen: bool,
    eight: Vec<u8>,
}

impl Sink {
    fn push(&mut self, row: &[u16]) {
        if let Some(deep) = &mut self.deep {
            deep.samples.extend_from_slice(row);
        }
        self.unseen = self.unseen && row.iter().skip(3).step_by(4).all(|alpha| *alpha == 0);
        self.eight.clear();
        self.eight.extend(row.iter().map(|&value| eight_bits(value)));
        self.rows.push(&self.eight);
    }
}

/// Reads all rows; returns whether some are missing, which is an error unless damage is to be
/// rendered.
fn read(
    file: &[u8],
    tiff: &Tiff<'_>,
    layout: &Layout,
    pixels: &Pixels<'_>,
    render: bool,
    sink: &mut Sink,
) -> Result<bool, Error> {
    let (across, down) = layout.grid();
    let (planes, _) = layout.planes();
    let (width, height) = (layout.size.width as usize, layout.size.height as usize);
    let ycc = Ycc::of(tiff);
    let tables = tiff.value(JPEG_TABLES, &[BYTES, OPAQUE]);
    let mut line = vec![0; width * layout.samples];
    let (mut wide, mut made) = (Vec::new(), Vec::new());
    let (mut there, mut missing) = (0, false);
    for band in 0..down {
        let seen = layout.chunk.1.min(height - band * layout.chunk.1);
        let rows = if layout.tiled { layout.chunk.1 } else { seen };
        let mut chunks = Vec::with_capacity(planes * across);
        for plane in 0..planes {
            for column in 0..across {
                let index = (plane * down + band) * across + column;
                let bytes = stored_at(file, layout, index).unwrap_or(&[]);
                let packed = Packed { bytes, rows, tables };
                let (mut chunk, got) = match chunk::unpack(layout, &packed) {
                    Err(Error::Malformed(_)) if render => {
                        (vec![0; chunk::bytes_of(layout, rows)], 0)
                    }
                    other => other?,
                };
                there += got;
                if got < chunk::bytes_of(layout, seen) {
                    missing = true;
                    if !render {
                        return Err(damaged("a part of it is missing; upload it again"));
                    }
                }
                samples::unpredict(layout, tiff.big, &mut chunk)?;
                if layout.photometric == Photometric::Ycc && layout.compression != Compression::Jpeg
                {
                    chunk = ycc.to_rgb(&chunk, layout.chunk.0, rows, layout.subsampling);
                }
                chunks.push(chunk);
            }
        }
        let stride = layout.row_bytes();
        for y in 0..seen {
            for (n, chunk) in chunks.iter().enumerate() {
                let (plane, column) = (n / across, n % across);
                let row = chunk.get(y * stride..(y + 1) * stride).unwrap_or(&[]);
                samples::widen(layout, tiff.big, plane, row, &mut wide);
                let start = column * layout.chunk.0 * layout.samples;
                let to = line.get_mut(start..).unwrap_or_default();
                if planes == 1 {
                    to.iter_mut().zip(&wide).for_each(|(to, from)| *to = *from);
                } else {
                    let to = to.iter_mut().skip(plane).step_by(planes);
                    to.zip(&wide).for_each(|(to, from)| *to = *from);
                }
            }
            pixels.make(&mut line, &mut made);
            sink.push(&made);
        }
    }
    if there == 0 { Err(damaged("it holds no pixels")) } else { Ok(missing) }
}

/// The existing compressed bytes of a chunk. If their number is unspecified, all that follow.
fn stored_at<'a>(file: &'a [u8], layout: &Layout, index: usize) -> Option<&'a [u8]> {
    let start = usize::try_from(*layout.offsets.get(index)?).ok()?;
    let rest = file.get(start..)?;
    match layout.lengths.get(index) {
        Some(&length @ 1..) => {
            Some(rest.get(..usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or(rest))
        }
        _ => Some(rest),
    }
}
