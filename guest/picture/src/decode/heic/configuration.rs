//! The parameters of a coded picture (`hvcC`; ISO/IEC 14496-15, 8.3.3.1).

use heic_decoder::bitreader::strip_emulation_prevention;
use heic_decoder::hevc::nal::{NAL_PPS, NAL_SPS};
use heic_decoder::hevc::params::{Sps, parse_sps};
use heic_decoder::isobmff::{HevcDecoderConfig, HevcNalArray};
use obscura_sdk::Error;

use super::fault::fault;
use crate::decode::avif::bytes::Bytes;
use crate::decode::avif::fault::damaged;

/// The parameters needed before decoding.
pub(super) struct Configuration<'a> {
    /// The size of a unit's length field.
    length: u8,
    /// Units, each with its type.
    units: Vec<(u8, &'a [u8])>,
}

/// The maximum number of units: a picture has three.
const MOST_UNITS: usize = 64;

impl<'a> Configuration<'a> {
    pub(super) fn read(mut body: Bytes<'a>) -> Result<Self, Error> {
        // The version, and copies of the parameters.
        body.take(21)?;
        let length = (body.byte()? & 3) + 1;
        let mut units = Vec::new();
        for _ in 0..body.byte()? {
            let kind = body.byte()? & 63;
            for _ in 0..body.short()? {
                let size = usize::from(body.short()?);
                units.push((kind, body.take(size)?));
                if units.len() > MOST_UNITS {
                    return Err(damaged("HEVC: there are too many parameters"));
                }
            }
        }
        Ok(Self { length, units })
    }

    /// The parameters of the sequence.
    pub(super) fn sps(&self) -> Result<Sps, Error> {
        let unit = self.unit(NAL_SPS)?;
        parse_sps(&strip_emulation_prevention(unit.get(2..).unwrap_or(&[]))).map_err(fault)
    }

    /// The first unit of a type in the base layer.
    fn unit(&self, kind: u8) -> Result<&'a [u8], Error> {
        let is_base = |unit: &[u8]| match unit {
            [first, second, ..] => first >> 1 & 63 == kind && first & 1 == 0 && second >> 3 == 0,
            _ => false,
        };
        let found = self.units.iter().find(|(told, unit)| *told == kind && is_base(unit));
        found.map(|(_, unit)| *unit).ok_or_else(|| damaged("HEVC: a picture has no parameters"))
    }

    /// The input of the decoder: only parameters that were checked against the limits.
    pub(super) fn config(&self) -> Result<HevcDecoderConfig, Error> {
        let array = |kind| -> Result<HevcNalArray, Error> {
            let unit = self.unit(kind)?.to_vec();
            Ok(HevcNalArray { nal_unit_type: kind, nalus: vec![unit] })
        };
        Ok(HevcDecoderConfig {
            general_profile_idc: 0,
            general_level_idc: 0,
            chroma_format_idc: 0,
            bit_depth_luma_minus8: 0,
            bit_depth_chroma_minus8: 0,
            length_size_minus_one: self.length - 1,
            arrays: vec![array(NAL_SPS)?, array(NAL_PPS)?],
        })
    }
}
