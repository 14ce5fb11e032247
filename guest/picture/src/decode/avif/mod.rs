//! AVIF: AV1 pictures in the container that HEIC also uses. Only the codec differs: `coded` has
//! AV1, `heic` HEVC.
//!
//! The whole file is read, as the primary item can be anywhere. The sizes in the container and in
//! AV1's headers are checked against the limits before anything is decoded. Orientation comes from
//! the container; EXIF's is ignored, as the standard requires.

pub(super) mod bytes;
pub(super) mod coded;
pub(super) mod colour;
pub(super) mod container;
pub(super) mod fault;
mod layer;
mod part;
mod rows;
pub(super) mod sequence;
mod stream;
mod traits;

use std::borrow::Cow;
use std::sync::Arc;

use obscura_sdk::Error;

use super::budget::Budget;
use super::demand::{Demand, Header, Picture};
use super::planes::Planes;
use super::reduce::reduction;
use crate::frame::{Frame, Kind};
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::precise::Deep;
use crate::profile::{Declared, Embedded};
use colour::Model;
use container::Container;
use fault::{damaged, rare};
use layer::{Layer, Strip};
use part::Part;
use rows::Pixels;
use traits::Traits;

pub(super) fn decode(file: &[u8], budget: Budget, demand: &dyn Demand) -> Result<Picture, Error> {
    let container = Container::read(file)?;
    let item = container.primary;
    let mut traits = Traits::of(&container, item)?;
    let tile = container.targets(item, b"dimg").first();
    if let (true, Some(&tile)) = (traits.is_without_colour(), tile) {
        // Cameras specify colours only for the tiles.
        let told = Traits::of(&container, tile)?;
        (traits.code, traits.icc) = (told.code, told.icc);
        traits.brightest = traits.brightest.or(told.brightest);
    }
    if let Some(size) = traits.size {
        budget.pixels(size)?;
    }
    let colours = Layer::of(&container, item, &traits)?;
    let opacity = opacity(&container, item, &colours)?;
    for layer in [Some(&colours), opacity.as_ref()].into_iter().flatten() {
        budget.pixels(layer.size)?;
        let tile = layer.sequence.size;
        budget.pixels(tile)?;
        layer.check(budget)?;
    }
    let (left, top, size) = traits.shown(colours.size)?;
    let header = Header { size, orientation: traits.orientation };
    let factor = reduction(demand.scale(header)?);

    let code = traits.code.unwrap_or(colours.sequence.code);
    let tone = if traits.icc.is_none() { code.tone(traits.brightest) } else { None };
    let profile = match (&tone, traits.icc) {
        (Some(_), _) => Some(Embedded::converted()),
        (None, icc) => {
            let icc = match icc {
                Some(icc) => Some(icc.to_vec()),
                None => code.profile()?,
            };
            Embedded::of(icc.map(Declared::Icc), colours.sequence.chroma.is_none())
        }
    };
    let converts = profile.as_ref().is_some_and(Embedded::converts);
    let model = colours.sequence.chroma.map(|_| code.model()).transpose()?;
    if model == Some(Model::Identity) && colours.sequence.chroma != Some((1, 1)) {
        return Err(damaged("red, green and blue have fewer samples than pixels"));
    }
    let is_deep = colours.sequence.depth > 8 && demand.takes_depth();
    let decoding = colours.bytes() + opacity.as_ref().map_or(0, Layer::bytes);
    let channels = if opacity.is_some() { 4 } else { 3 };
    let kept = if is_deep { size.pixels() * channels * 2 } else { 0 };
    let reduced = Size::new(size.width.div_ceil(factor), size.height.div_ceil(factor));
    let made = reduced.pixels() * channels;
    // A stream is copied for the decoder.
    let files = 2 * file.len() as u64;
    budget.memory(size, decoding + kept + made + files)?;

    let part = Part { left, top, size };
    let (across, down) = colours.sequence.steps(1);
    // Chroma samples must not be split.
    let parted = left % across != 0 || top % down != 0;
    let as_stored = model == Some(Model::Ycc) && opacity.is_none() && tone.is_none();
    let (frame, deep) = if as_stored && !is_deep && !parted {
        (planes(&colours, code, part, factor)?, None)
    } else {
        let premultiplied = !container.targets(item, b"prem").is_empty();
        let halved = !converts && demand.takes_chroma(header);
        let kind = match (model, &opacity) {
            (_, Some(_)) => Kind::Rgba,
            (None, None) => Kind::Luma,
            (Some(_), None) => Kind::Rgb,
        };
        let deep = is_deep.then(|| Deep { size, kind, samples: Vec::new() });
        let pixels = Pixels { colours, opacity, code, model, tone, premultiplied, part };
        pixels.read(kind, factor, halved, deep)?
    };
    let metadata = metadata(&container, item);
    Ok(Picture { header, frame, profile, metadata, deep: deep.map(Arc::new), damaged: false })
}

/// The alpha of a picture, if it has one.
fn opacity<'a>(
    container: &Container<'a>,
    item: u32,
    colours: &Layer<'a>,
) -> Result<Option<Layer<'a>>, Error> {
    let of = |item: u32| -> Result<Option<(u32, Traits<'a>)>, Error> {
        for other in container.sources(item, b"auxl") {
            let traits = Traits::of(container, other)?;
            if traits.is_opacity {
                return Ok(Some((other, traits)));
            }
        }
        Ok(None)
    };
    let layer = if let Some((other, traits)) = of(item)? {
        Layer::of(container, other, &traits)?
    } else {
        // Each tile can have its own.
        let tiles = container.targets(item, b"dimg");
        if tiles.first().is_none_or(|&tile| !matches!(of(tile), Ok(Some(_)))) {
            return Ok(None);
        }
        let one = |&tile: &u32| of(tile)?.ok_or_else(|| damaged("a tile has no opacity"));
        let items = tiles.iter().map(|tile| one(tile).map(|(other, _)| other));
        Layer::of_tiles(container, &items.collect::<Result<Vec<_>, _>>()?, colours)?
    };
    if layer.size != colours.size {
        return Err(damaged("its opacity is of another size"));
    }
    if (layer.columns, layer.rows, layer.sequence.size)
        != (colours.columns, colours.rows, colours.sequence.size)
    {
        return Err(rare("with other tiles of opacity than of colour"));
    }
    Ok(Some(layer))
}

/// Unconverted luma and chroma, in 8 bits.
fn planes(
    colours: &Layer<'_>,
    code: colour::Code,
    part: Part,
    factor: u32,
) -> Result<Frame, Error> {
    let (across, down) = colours.sequence.steps(1);
    let mut planes = Planes::full(part.size, factor, (across, down));
    let tables = [false, true].map(|chroma| code.bytes(colours.sequence.depth, chroma));
    let mut row = Vec::new();
    for strip in 0..colours.rows {
        let strip = colours.strip(strip)?;
        for y in part.rows(&strip) {
            for index in 0..3 {
                let (across, down) = colours.sequence.steps(index);
                if !(y - part.top).is_multiple_of(down) {
                    continue;
                }
                let [luma, chroma] = &tables;
                let table = if index == 0 { luma } else { chroma };
                strip.row(index, ((y - strip.from) / down) as usize, table, &mut row);
                let (from, width) = (part.left / across, part.size.width.div_ceil(across));
                let end = (from + width) as usize;
                planes.push(index, row.get(from as usize..end).unwrap_or(&row));
            }
        }
    }
    Ok(planes.finish())
}

impl Part {
    /// The visible rows of a strip, counted from the picture's first.
    fn rows(self, strip: &Strip) -> std::ops::Range<u32> {
        strip.from.max(self.top)..strip.to.min(self.top.saturating_add(self.size.height))
    }
}

/// The metadata of a picture. Damaged blocks are ignored.
fn metadata(container: &Container<'_>, item: u32) -> Blocks {
    let bytes = |kind: &[u8; 4], starts: &[u8]| {
        let mut all = container.sources(item, b"cdsc");
        all.find_map(|other| {
            let bytes =
                container.bytes(other).ok().filter(|_| container.kind(other) == Some(kind))?;
            bytes.trim_ascii_start().starts_with(starts).then_some(bytes)
        })
    };
    // The block is preceded by an offset.
    let exif = bytes(b"Exif", b"").and_then(|bytes| {
        let (offset, block) = bytes.split_first_chunk::<4>()?;
        let offset = usize::try_from(u32::from_be_bytes(*offset)).ok()?;
        block.get(offset..).map(<[u8]>::to_vec)
    });
    // An item with the media type of RDF/XML is an XMP packet.
    let xmp = bytes(b"mime", b"<").map(Cow::into_owned);
    Blocks { exif, xmp, iptc: None }
}
