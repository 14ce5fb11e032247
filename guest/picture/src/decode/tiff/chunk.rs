//! Decompresses a strip or a tile to rows of samples.

use std::borrow::Cow;
use std::io::Read;

use obscura_jpeg::{ColorModel, Decoder, color};
use obscura_sdk::Error;
use weezl::BitOrder;

use super::fault::damaged;
use super::fax;
use super::layout::{Compression, Layout, Photometric};
use crate::fault::jpeg_fault;

/// The compressed bytes of a chunk, and the expected layout of its rows.
pub(super) struct Packed<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) rows: usize,
    /// JPEG tables shared by all chunks.
    pub(super) tables: Option<&'a [u8]>,
}

/// The decompressed samples of a chunk, and the number of bytes that existed. Missing ones are
/// zero.
pub(super) fn unpack(layout: &Layout, packed: &Packed<'_>) -> Result<(Vec<u8>, usize), Error> {
    let wanted = bytes_of(layout, packed.rows);
    // Compressed data is never much larger than the original, except faxes of scattered dots, where
    // a pixel can take a code of seven bits. Excess data is ignored to save time.
    let most = wanted.saturating_mul(16).saturating_add(4096);
    let bytes = packed.bytes.get(..most).unwrap_or(packed.bytes);
    let bytes = match layout.reversed && layout.compression != Compression::Jpeg {
        true => Cow::Owned(bytes.iter().map(|byte| byte.reverse_bits()).collect()),
        false => Cow::Borrowed(bytes),
    };
    let mut out = match layout.compression {
        Compression::None => bytes.get(..wanted).unwrap_or(&bytes).to_vec(),
        Compression::PackBits => pack_bits(&bytes, wanted),
        Compression::Lzw => lzw(&bytes, wanted),
        Compression::Deflate => inflate(&bytes, wanted),
        Compression::Jpeg => return jpeg(layout, packed),
        fax => {
            let (out, rows) = fax::decode(&bytes, fax, layout.chunk.0, packed.rows);
            return Ok((out, rows * layout.row_bytes()));
        }
    };
    let got = out.len().min(wanted);
    out.resize(wanted, 0);
    Ok((out, got))
}

/// The size of a number of uncompressed rows.
pub(super) fn bytes_of(layout: &Layout, rows: usize) -> usize {
    let (across, down) = layout.subsampling;
    if layout.photometric == Photometric::Ycc && layout.compression != Compression::Jpeg {
        let unit = across * down + 2;
        return layout.chunk.0.div_ceil(across) * rows.div_ceil(down) * unit;
    }
    layout.row_bytes().saturating_mul(rows)
}

fn pack_bits(mut bytes: &[u8], wanted: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while let (Some((&head, rest)), true) = (bytes.split_first(), out.len() < wanted) {
        match head as i8 {
            -128 => bytes = rest,
            count @ 0.. => {
                let count = (count as usize + 1).min(rest.len());
                let (plain, rest) = rest.split_at(count);
                out.extend_from_slice(plain);
                bytes = rest;
            }
            count => {
                let Some((&value, rest)) = rest.split_first() else { break };
                out.resize(out.len() + 1 + usize::from(count.unsigned_abs()), value);
                bytes = rest;
            }
        }
    }
    out
}

fn lzw(bytes: &[u8], wanted: usize) -> Vec<u8> {
    // Before TIFF 5.0, some programs wrote codes in GIF's bit order. libtiff detects them in the
    // same way.
    let old = matches!(bytes, [0, second, ..] if second & 1 == 1);
    let mut decoder = if old {
        weezl::decode::Decoder::new(BitOrder::Lsb, 8)
    } else {
        weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    };
    let mut out = vec![0; wanted];
    let (mut from, mut to) = (0, 0);
    loop {
        let (input, space) = (bytes.get(from..).unwrap_or(&[]), out.get_mut(to..));
        let result = decoder.decode_bytes(input, space.unwrap_or_default());
        (from, to) = (from + result.consumed_in, to + result.consumed_out);
        let stuck = result.consumed_in + result.consumed_out == 0;
        if to >= wanted || stuck || !matches!(result.status, Ok(weezl::LzwStatus::Ok)) {
            out.truncate(to);
            return out;
        }
    }
}

fn inflate(bytes: &[u8], wanted: usize) -> Vec<u8> {
    let mut decoder = fdeflate::Decompressor::new();
    let mut out = vec![0; wanted];
    let (mut from, mut to) = (0, 0);
    while to < wanted && !decoder.is_done() {
        let input = bytes.get(from..).unwrap_or(&[]);
        let Ok((used, made)) = decoder.read(input, &mut out, to, true) else { break };
        (from, to) = (from + used, to + made);
        if used + made == 0 {
            break;
        }
    }
    out.truncate(to);
    out
}

fn jpeg(layout: &Layout, packed: &Packed<'_>) -> Result<(Vec<u8>, usize), Error> {
    if layout.bits != 8 {
        return Err(super::fault::rare("JPEG of other than 8 bits"));
    }
    // Tables end with an EOI marker, and the data begins with an SOI marker.
    let tables = packed.tables.unwrap_or(&[]);
    let tables = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(tables);
    let body = if tables.is_empty() {
        packed.bytes
    } else {
        packed.bytes.strip_prefix(&[0xff, 0xd8]).unwrap_or(packed.bytes)
    };
    let file = [tables, body].concat();
    let reader: &mut dyn Read = &mut file.as_slice();
    let mut decoder = Decoder::new(reader).map_err(jpeg_fault)?;
    let mut told = decoder.header().clone();
    let samples = layout.planes().1;
    let (width, height) = (told.width as usize, told.height as usize);
    if told.components.len() != samples || width > layout.chunk.0 || height > layout.chunk.1 {
        return Err(damaged("a part in JPEG is of another kind or size than it says"));
    }
    let room = (layout.chunk.0 * layout.chunk.1) as u64;
    decoder.set_limits(room, room.saturating_mul(16).saturating_add(1 << 20));
    let planes = decoder.decode().map_err(jpeg_fault)?;
    let stride = layout.row_bytes();
    let mut out = vec![0; stride * packed.rows];
    // The TIFF defines the colours, not the embedded JPEG.
    let rgb = (samples == 3).then(|| {
        told.color = match layout.photometric {
            Photometric::Ycc => ColorModel::YCbCr,
            _ => ColorModel::Rgb,
        };
        color::to_rgb(&planes, &told, 3, true)
    });
    let whole: Vec<_> = match rgb {
        Some(_) => Vec::new(),
        None => planes.planes.iter().map(|p| color::widen(p.rows(), width, height, true)).collect(),
    };
    for (y, row) in out.chunks_exact_mut(stride.max(1)).enumerate().take(height) {
        if let Some(rgb) = &rgb {
            let from = rgb.get(y * width * 3..(y + 1) * width * 3).unwrap_or(&[]);
            row.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            continue;
        }
        for (channel, plane) in whole.iter().enumerate() {
            let to = row.iter_mut().skip(channel).step_by(samples);
            to.zip(plane.row(y)).for_each(|(to, from)| *to = *from);
        }
    }
    let got = height.min(packed.rows) * stride;
    Ok((out, got))
}
