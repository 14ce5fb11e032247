//! The properties of an item: size, colours, orientation.

use obscura_sdk::Error;

use super::bytes::Bytes;
use super::colour::Code;
use super::container::Container;
use super::fault::{damaged, rare};
use crate::geometry::Size;
use crate::orientation::Orientation;

/// The properties of an item, known before decoding.
#[derive(Debug, Default)]
pub(super) struct Traits<'a> {
    /// Its declared size.
    pub(super) size: Option<Size>,
    /// The meaning of its samples.
    pub(super) code: Option<Code>,
    pub(super) icc: Option<&'a [u8]>,
    /// Its brightest pixel, in cd/m².
    pub(super) brightest: Option<u16>,
    /// Its orientation.
    pub(super) orientation: Orientation,
    /// Its visible part.
    pub(super) aperture: Option<[u32; 8]>,
    /// Whether it is the alpha of another one.
    pub(super) is_opacity: bool,
    /// The operating point to show.
    pub(super) operating_point: u8,
}

/// The types of alpha items, in AV1 and in HEVC files.
const OPACITY: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0"];

impl<'a> Traits<'a> {
    /// Of an item.
    pub(super) fn of(container: &Container<'a>, item: u32) -> Result<Self, Error> {
        let mut traits = Self::default();
        for (name, mut body, essential) in container.properties(item) {
            match name {
                b"ispe" => {
                    body.version()?;
                    traits.size = Some(Size::new(body.long()?, body.long()?));
                }
                b"colr" => traits.read_colour(body)?,
                b"clli" => traits.brightest = body.short().ok(),
                b"auxC" => {
                    body.version()?;
                    traits.is_opacity = OPACITY.iter().any(|name| body.0.starts_with(name));
                }
                // A clean aperture must come first, otherwise it would apply to the rotated
                // picture.
                b"clap" if traits.orientation != Orientation::UPRIGHT => {
                    return Err(rare("cut after it was turned"));
                }
                b"clap" => {
                    let mut aperture = [0; 8];
                    for number in &mut aperture {
                        *number = body.long()?;
                    }
                    traits.aperture = Some(aperture);
                }
                // Quarter turns, anticlockwise.
                b"irot" => {
                    let degrees = 90 * u32::from(4 - (body.byte()? & 3)) % 360;
                    traits.turn(Orientation::turned(degrees, false, false));
                }
                // The mirror axis: 0 exchanges top and bottom, 1 left and right.
                b"imir" => {
                    let flop = body.byte()? & 1 == 1;
                    traits.turn(Orientation::turned(0, !flop, flop));
                }
                b"a1op" => traits.operating_point = body.byte()? & 31,
                // All of them, or a number.
                b"lsel" if body.short()? != 0xffff => {
                    return Err(rare("in layers of which one is to be shown"));
                }
                b"lsel" | b"av1C" | b"hvcC" | b"pixi" | b"pasp" => {}
                name if essential => {
                    let name = String::from_utf8_lossy(name);
                    return Err(rare(&format!("with a property `{name}`")));
                }
                _ => {}
            }
        }
        Ok(traits)
    }

    /// Whether its colours are unspecified.
    pub(super) fn is_without_colour(&self) -> bool {
        self.code.is_none() && self.icc.is_none()
    }

    fn turn(&mut self, next: Orientation) {
        self.orientation = self.orientation.then(next);
    }

    fn read_colour(&mut self, mut body: Bytes<'a>) -> Result<(), Error> {
        match &body.name()? {
            b"nclx" => {
                let [primaries, transfer, matrix] = [body.short()?, body.short()?, body.short()?];
                let full = body.byte()? >> 7 == 1;
                self.code = Some(Code { primaries, transfer, matrix, full });
            }
            b"prof" | b"rICC" => self.icc = Some(body.0),
            _ => {}
        }
        Ok(())
    }

    /// The visible part of a picture of this size: origin and size.
    pub(super) fn shown(&self, size: Size) -> Result<(u32, u32, Size), Error> {
        let Some([wn, wd, hn, hd, xn, xd, yn, yd]) = self.aperture else { return Ok((0, 0, size)) };
        if [wd, hd, xd, yd].contains(&0) {
            return Err(damaged("its clean aperture is no number"));
        }
        // Offsets are relative to the centre, and can be negative.
        let part = |whole: u32, n: u32, d: u32, offset: u32, by: u32| {
            let length = f64::from(n) / f64::from(d);
            let middle = f64::from(whole) / 2.0 + f64::from(offset as i32) / f64::from(by);
            let start = (middle - length / 2.0).round().clamp(0.0, f64::from(whole));
            let end = (middle + length / 2.0).round().clamp(0.0, f64::from(whole));
            (start as u32, end as u32 - start as u32)
        };
        let (left, width) = part(size.width, wn, wd, xn, xd);
        let (top, height) = part(size.height, hn, hd, yn, yd);
        if width == 0 || height == 0 {
            return Err(damaged("its clean aperture is empty"));
        }
        Ok((left, top, Size::new(width, height)))
    }
}
