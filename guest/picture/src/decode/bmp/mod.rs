//! BMP, of Windows and of OS/2.

mod fault;
mod header;
mod runs;

use std::borrow::Cow;

use obscura_sdk::Error;

use super::budget::Budget;
use super::demand::{self, Demand, Picture};
use super::reduce::reduction;
use super::rows::Rows;
use crate::frame::Kind;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::profile::{Declared, Embedded};
use fault::damaged;
use header::{Header, Storage};

pub(super) fn decode(file: &[u8], budget: Budget, demand: &dyn Demand) -> Result<Picture, Error> {
    let header = Header::read(file)?;
    let size = header.size;
    budget.pixels(size)?;
    let told = demand::Header { size, orientation: Orientation::UPRIGHT };
    let factor = reduction(demand.scale(told)?);
    let unpacked = match (header.storage, header.bits) {
        (Storage::Plain, _) => 0,
        (Storage::Runs, bits) => size.pixels() * u64::from(bits.div_ceil(8)),
    };
    let held = unpacked + u64::from(size.width) * 8 + file.len() as u64;
    budget.memory(size, Rows::bytes(Kind::Rgba, size, factor).saturating_add(held))?;

    let pixels = Pixels::read(&header);
    // If everything is transparent, the writer did not support alpha.
    let seen =
        header.masks[3] != 0 && pixels.rows(&header).flatten().any(|row| has_opacity(&header, row));
    let kind = if seen { Kind::Rgba } else { Kind::Rgb };
    let profile = Embedded::of(header.icc.map(|icc| Declared::Icc(icc.to_vec())), false);
    let converts = profile.as_ref().is_some_and(Embedded::converts);
    let mut rows = Rows::new(kind, size, factor, !converts && demand.takes_chroma(told));
    let fields = header.masks.map(Field::of);
    let mut made = Vec::new();
    let (mut some, mut whole) = (false, pixels.whole);
    for row in pixels.rows(&header) {
        made.clear();
        match row {
            Some(row) => pixels.make(&header, &fields, row, seen, &mut made),
            None => made.resize(size.width as usize * kind.planes(), 0),
        }
        rows.push(&made);
        (some, whole) = (some || row.is_some(), whole && row.is_some());
    }
    let renders = some && demand.renders_damaged();
    if !whole && !renders {
        return Err(damaged("it is cut short; upload it again"));
    }
    Ok(Picture {
        header: told,
        frame: rows.finish(),
        profile,
        metadata: Blocks::default(),
        deep: None,
        damaged: !whole,
    })
}

/// Uncompressed rows.
struct Pixels<'a> {
    bytes: Cow<'a, [u8]>,
    stride: usize,
    /// Bits per pixel.
    bits: u32,
    /// Whether there was an end marker.
    whole: bool,
}

impl<'a> Pixels<'a> {
    fn read(header: &Header<'a>) -> Self {
        match header.storage {
            Storage::Plain => Self {
                bytes: Cow::Borrowed(header.pixels),
                stride: header.stride(),
                bits: header.bits,
                whole: true,
            },
            Storage::Runs => {
                let (bytes, whole) = runs::unpack(header);
                let bits = header.bits.next_multiple_of(8);
                let stride = header.size.width as usize * bits as usize / 8;
                Self { bytes: Cow::Owned(bytes), stride, bits, whole }
            }
        }
    }

    /// The existing rows, the top one first. The last one may lack its padding.
    fn rows(&self, header: &Header<'_>) -> impl Iterator<Item = Option<&[u8]>> {
        let height = header.size.height as usize;
        let needed = (header.size.width as usize * self.bits as usize).div_ceil(8);
        let top_down = header.top_down;
        (0..height).map(move |y| {
            let at = if top_down { y } else { height - 1 - y } * self.stride;
            self.bytes.get(at..at + needed)
        })
    }

    /// RGB of a row, and alpha if requested.
    fn make(
        &self,
        header: &Header<'_>,
        fields: &[Field; 4],
        row: &[u8],
        opacity: bool,
        out: &mut Vec<u8>,
    ) {
        let width = header.size.width as usize;
        let colour = |index: u8| header.palette.get(usize::from(index)).copied().unwrap_or([0; 3]);
        match self.bits {
            bits @ (1 | 2 | 4 | 8) => {
                let (each, most) = (8 / bits as usize, (1_u16 << bits) - 1);
                out.extend((0..width).flat_map(|x| {
                    let byte = row.get(x / each).copied().unwrap_or(0);
                    let down = 8 - bits as usize * (x % each + 1);
                    colour(byte >> down & most as u8)
                }));
            }
            24 => out.extend(row.as_chunks::<3>().0.iter().flat_map(|&[b, g, r]| [r, g, b])),
            bits => {
                let channels = if opacity { 4 } else { 3 };
                let numbers = row.chunks_exact(bits as usize / 8).take(width);
                for number in numbers.map(number) {
                    let pixel = fields.each_ref().map(|field| field.value(number));
                    out.extend_from_slice(pixel.get(..channels).unwrap_or(&pixel));
                }
            }
        }
    }
}

fn has_opacity(header: &Header<'_>, row: &[u8]) -> bool {
    row.chunks_exact(header.bits as usize / 8).any(|pixel| number(pixel) & header.masks[3] != 0)
}

fn number(pixel: &[u8]) -> u32 {
    pixel.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// A bit mask.
struct Field {
    mask: u32,
    down: u32,
}

impl Field {
    fn of(mask: u32) -> Self {
        Self { mask, down: mask.trailing_zeros().min(31) }
    }

    /// Its value, scaled to 8 bits.
    fn value(&self, number: u32) -> u8 {
        let most = u64::from(self.mask >> self.down);
        let value = u64::from((number & self.mask) >> self.down);
        (value * 255 + most / 2).checked_div(most).unwrap_or(0).min(255) as u8
    }
}
