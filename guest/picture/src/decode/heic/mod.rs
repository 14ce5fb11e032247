//! HEIC: HEVC pictures, decoded by `heic-decoder`. `avif` handles the shared container.

mod configuration;
mod decoded;
mod fault;

use std::borrow::Cow;

use heic_decoder::hevc::params::Sps;
use obscura_sdk::Error;

use super::avif::coded::Coded;
use super::avif::colour::Code;
use super::avif::container::Container;
use super::avif::fault::{damaged, rare};
use super::avif::sequence::Sequence;
use crate::geometry::Size;
use configuration::Configuration;

/// A coded picture: its parameters, and its bytes.
pub(super) struct Hevc<'a> {
    configuration: Configuration<'a>,
    stream: Cow<'a, [u8]>,
}

impl<'a> Hevc<'a> {
    /// Of an item.
    pub(super) fn of(container: &Container<'a>, item: u32) -> Result<Self, Error> {
        let mut properties = container.properties(item);
        let found = properties.find(|(name, ..)| *name == b"hvcC");
        let (_, body, _) = found.ok_or_else(|| damaged("a picture has no parameters (hvcC)"))?;
        let configuration = Configuration::read(body)?;
        Ok(Self { configuration, stream: container.bytes(item)? })
    }

    /// The bytes of its stream.
    pub(super) fn length(&self) -> usize {
        self.stream.len()
    }

    /// Its properties.
    pub(super) fn sequence(&self) -> Result<Sequence, Error> {
        let sps = self.configuration.sps()?;
        if sps.bit_depth_luma != sps.bit_depth_chroma && sps.chroma_format_idc != 0 {
            return Err(rare("with other bits of luma than of chroma"));
        }
        if !(8..=12).contains(&sps.bit_depth_luma) {
            return Err(rare(&format!("with {} bits a sample", sps.bit_depth_luma)));
        }
        let chroma = match sps.chroma_format_idc {
            0 => None,
            1 => Some((2, 2)),
            2 => Some((2, 1)),
            3 => Some((1, 1)),
            _ => return Err(damaged("HEVC: chroma is of no known kind")),
        };
        let [left, right, top, bottom] = sps.conformance_window;
        let coded = coded_size(&sps);
        let side = |all: u32, before: u32, after: u32| {
            all.checked_sub(before)?.checked_sub(after).filter(|&side| side > 0)
        };
        let size = side(coded.width, left, right)
            .zip(side(coded.height, top, bottom))
            .map(|(width, height)| Size::new(width, height))
            .ok_or_else(|| damaged("HEVC: nothing of it is shown"))?;
        // Unspecified: limited range, which is HEVC's default.
        let code = sps.color_info.map_or(
            Code { primaries: 2, transfer: 2, matrix: 2, full: false },
            |info| Code {
                primaries: info.color_primaries,
                transfer: info.transfer_characteristics,
                matrix: info.matrix_coefficients,
                full: info.full_range,
            },
        );
        Ok(Sequence { size, depth: sps.bit_depth_luma, chroma, code, grain: false })
    }

    /// The coded size, including invisible parts.
    pub(super) fn coded_size(&self) -> Result<Size, Error> {
        Ok(coded_size(&self.configuration.sps()?))
    }

    /// The memory for a number of decoded pictures of this kind, including the decoding of one.
    pub(super) fn bytes(&self, sequence: &Sequence, count: u64) -> u64 {
        let sample = if sequence.depth > 8 { 2 } else { 1 };
        let quarters = sequence.chroma.map_or(4, |(across, down)| 4 + 8 / u64::from(across * down));
        let coded = self.coded_size().unwrap_or(sequence.size);
        // The stream is copied in units, and again without escape bytes.
        let copies = 2 * self.stream.len() as u64;
        copies
            + sequence.size.pixels() * quarters * sample * count / 4
            + coded.pixels() * (quarters * OF_A_SAMPLE / 4 + OF_A_PIXEL)
    }

    /// Decodes it.
    pub(super) fn decode(&self, sequence: &Sequence) -> Result<Coded, Error> {
        decoded::decode(&self.configuration, &self.stream, sequence)
    }
}

/// The decoder's memory per sample, and in addition per pixel, in bytes: measured, rounded up.
const OF_A_SAMPLE: u64 = 9;
const OF_A_PIXEL: u64 = 3;

fn coded_size(sps: &Sps) -> Size {
    Size::new(sps.pic_width_in_luma_samples, sps.pic_height_in_luma_samples)
}
