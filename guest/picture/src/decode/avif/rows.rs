//! Rows of RGBA or grey, from layers.

use obscura_sdk::Error;

use super::colour::{Code, Model};
use super::layer::{Layer, Strip};
use super::part::Part;
use crate::decode::rows::Rows;
use crate::frame::{Frame, Kind};
use crate::precise::Deep;
use crate::profile::Tone;

/// A picture to read.
pub(super) struct Pixels<'a> {
    pub(super) colours: Layer<'a>,
    pub(super) opacity: Option<Layer<'a>>,
    pub(super) code: Code,
    /// None if it is grey.
    pub(super) model: Option<Model>,
    /// The tone mapping from HDR to sRGB.
    pub(super) tone: Option<Tone>,
    /// Whether colours are premultiplied in the file.
    pub(super) premultiplied: bool,
    pub(super) part: Part,
}

/// Lookup tables of luma, chroma and alpha samples.
struct Tables {
    luma: Vec<f32>,
    chroma: Vec<f32>,
    opacity: Vec<f32>,
}

/// A row of each channel, and chroma as stored.
#[derive(Default)]
struct Channels {
    all: [Vec<f32>; 4],
    near: Vec<f32>,
    far: Vec<f32>,
}

impl Pixels<'_> {
    /// Reads them, reduced by `factor`, with chroma halved if `halved`. Also in full size and 16
    /// bits, if `deep` has room for them.
    pub(super) fn read(
        &self,
        kind: Kind,
        factor: u32,
        halved: bool,
        mut deep: Option<Deep>,
    ) -> Result<(Frame, Option<Deep>), Error> {
        let Self { colours, opacity, code, part, .. } = self;
        let depth = colours.sequence.depth;
        let plain = |is_chroma| {
            // RGB has no chroma.
            code.levels(depth, is_chroma && self.model != Some(Model::Identity))
        };
        let tables = Tables {
            luma: plain(false),
            chroma: plain(true),
            opacity: opacity
                .as_ref()
                .map_or_else(Vec::new, |layer| layer.opacity().levels(layer.sequence.depth, false)),
        };
        let mut rows = Rows::new(kind, part.size, factor, halved);
        let mut channels = Channels::default();
        let (mut eight, mut sixteen) = (Vec::new(), Vec::new());
        for index in 0..colours.rows {
            let strip = colours.strip(index)?;
            let clear = opacity.as_ref().map(|layer| layer.strip(index)).transpose()?;
            for y in part.rows(&strip) {
                let y = (y - strip.from) as usize;
                self.fill(&mut channels, &strip, clear.as_ref(), y, &tables);
                let shown = self.shown(&channels, kind);
                interleave(&shown, &mut eight, |value| [(value * 255.0 + 0.5) as u8]);
                rows.push(&eight);
                if let Some(deep) = &mut deep {
                    let two = |value: f32| ((value * 65535.0 + 0.5) as u16).to_be_bytes();
                    interleave(&shown, &mut sixteen, two);
                    deep.push(&sixteen, false);
                }
            }
        }
        Ok((rows.finish(), deep))
    }

    /// The channels of a row of a strip.
    fn fill(
        &self,
        channels: &mut Channels,
        strip: &Strip,
        clear: Option<&Strip>,
        y: usize,
        tables: &Tables,
    ) {
        let Channels { all: [red, green, blue, opacity], near, far } = channels;
        strip.row(0, y, &tables.luma, red);
        if let Some(model) = self.model {
            let (across, down) = self.colours.sequence.steps(1);
            for (plane, out) in [(1, &mut *green), (2, &mut *blue)] {
                if (across, down) == (1, 1) {
                    strip.row(plane, y, &tables.chroma, out);
                    continue;
                }
                // Chroma samples are centred on their pixels.
                let (this, other) = neighbours(y, down as usize);
                strip.row(plane, this, &tables.chroma, near);
                if other != this {
                    strip.row(plane, other, &tables.chroma, far);
                    near.iter_mut()
                        .zip(&*far)
                        .for_each(|(near, &far)| *near += (far - *near) / 4.0);
                }
                widen(near, red.len(), across as usize, out);
            }
            model.to_rgb([red, green, blue]);
        } else if clear.is_some() {
            green.clone_from(red);
            blue.clone_from(red);
        }
        if let Some(clear) = clear {
            clear.row(0, y, &tables.opacity, opacity);
        }
        if let (true, Some(_)) = (self.premultiplied, clear) {
            for colour in [&mut *red, &mut *green, &mut *blue] {
                let pairs = colour.iter_mut().zip(&*opacity);
                pairs.for_each(|(value, &by)| *value = if by > 0.0 { *value / by } else { 0.0 });
            }
        }
        match &self.tone {
            Some(tone) if self.model.is_none() && clear.is_none() => {
                red.iter_mut().for_each(|grey| [*grey, ..] = tone.map([*grey; 3]));
            }
            Some(tone) => tone.map_rows([red, green, blue]),
            None => {}
        }
    }

    /// The visible part of a kind's channels.
    fn shown<'b>(&self, channels: &'b Channels, kind: Kind) -> Vec<&'b [f32]> {
        let from = self.part.left as usize;
        let shown = from..from + self.part.size.width as usize;
        let all = channels.all.iter().take(kind.planes());
        all.map(|row| row.get(shown.clone()).unwrap_or(&[])).collect()
    }
}

/// The chroma row of row `y`, and its nearest neighbour; both are the same without subsampling. A
/// missing row is replaced by the last one.
fn neighbours(y: usize, down: usize) -> (usize, usize) {
    let this = y / down;
    match (down, y % 2) {
        (1, _) => (this, this),
        (_, 0) => (this, this.saturating_sub(1)),
        _ => (this, this + 1),
    }
}

/// A row of `length` samples from half as many, or a copy.
fn widen(half: &[f32], length: usize, across: usize, out: &mut Vec<f32>) {
    out.clear();
    if across == 1 {
        out.extend_from_slice(half);
        return;
    }
    let last = half.len().saturating_sub(1);
    let at = |x: usize| half.get(x).copied().unwrap_or(0.0);
    for (x, &middle) in half.iter().enumerate() {
        let (left, right) = (at(x.saturating_sub(1)), at((x + 1).min(last)));
        out.extend([middle + (left - middle) / 4.0, middle + (right - middle) / 4.0]);
    }
    out.truncate(length);
}

/// Pixels from samples, 0 to 1, which `code` converts to bytes.
fn interleave<const N: usize>(
    channels: &[&[f32]],
    out: &mut Vec<u8>,
    code: impl Fn(f32) -> [u8; N],
) {
    let count = channels.len();
    let length = channels.first().map_or(0, |channel| channel.len());
    out.clear();
    out.resize(length * count * N, 0);
    for (index, channel) in channels.iter().enumerate() {
        let places = out.as_chunks_mut::<N>().0.iter_mut().skip(index).step_by(count);
        for (place, &value) in places.zip(*channel) {
            *place = code(value.clamp(0.0, 1.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chroma_lies_between_pixels() {
        let mut out = Vec::new();
        widen(&[0.0, 1.0], 3, 2, &mut out);
        assert_eq!(out, [0.0, 0.25, 0.75]);
        assert_eq!([0, 1, 2].map(|y| neighbours(y, 2)), [(0, 0), (0, 1), (1, 0)]);
        assert_eq!(neighbours(3, 1), (3, 3));
    }

    #[test]
    fn samples_become_pixels() {
        let mut out = Vec::new();
        interleave(&[&[0.0, 1.0], &[0.5, 2.0]], &mut out, |value| [(value * 255.0 + 0.5) as u8]);
        assert_eq!(out, [0, 128, 255, 255]);
    }
}
