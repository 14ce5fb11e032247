//! The renditions of a picture that does not move.

use obscura_sdk::{Error, Output};

use super::job::Job;
use super::{Order, emit, outcome};
use crate::colour::into_rgb;
use crate::decode::Picture;
use crate::encode::{Extras, encode, encode_deep};
use crate::frame::{Frame, Kind};
use crate::geometry::{Region, Size};
use crate::parameters::Metadata;
use crate::precise::{self, Deep, Pixels};
use crate::resample::{Chroma, resize};

/// How much larger than a rendition a smaller copy of the picture must be to
/// stand in for the picture. At this ratio the loss against the picture itself
/// is below half a point of SSIMULACRA2.
const STEP: f64 = 1.5;

/// How many smaller copies are kept at once.
const COPIES: usize = 3;

impl Order<'_> {
    /// Make and emit every rendition, the largest first.
    pub(crate) fn render(&self, picture: Picture, output: &mut Output) -> Result<(), Error> {
        let jobs = self.jobs(picture.header)?;
        let gray = picture.frame.kind == Kind::Luma;
        let Picture { frame, profile, metadata, deep, .. } = picture;
        let asked = jobs.iter().any(|job| job.rendition.metadata == Metadata::Credit);
        let credit = if asked { metadata.credit() } else { None };
        let credit = credit.map(|credit| (credit.exif(), credit.xmp()));
        let conversion = profile.as_ref().and_then(|profile| profile.conversion.as_ref());
        let mut copies = vec![frame];
        for mut job in jobs {
            if let [first, ..] = copies.as_slice() {
                job.look(first);
            }
            let kept = job.kept(profile.as_ref(), gray);
            let credit = credit.as_ref().filter(|_| job.rendition.metadata == Metadata::Credit);
            let extras = Extras {
                icc: kept,
                exif: credit.map(|(exif, _)| exif.as_slice()),
                xmp: credit.map(|(_, xmp)| xmp.as_str()),
            };
            let word = outcome(profile.as_ref(), kept.is_some());
            let conversion = conversion.filter(|_| kept.is_none());

            if let (true, Some(deep)) = (job.is_deep(), &deep) {
                let convert = profile.as_ref().filter(|_| kept.is_none());
                let converted = convert.and_then(|profile| profile.convert_deep(deep));
                let pixels = Pixels::Deep(converted.map_or_else(|| deep.clone(), Into::into));
                let encoded = encode_deep(&finish_deep(&job, &pixels), extras)?;
                emit(output, &job, encoded, word, None);
                continue;
            }
            let small = if job.is_precise() {
                // Colours are converted first: light is known of sRGB alone.
                let whole = whole(&copies[0]);
                let whole = conversion.map_or_else(|| whole.clone(), |c| c.convert(whole.clone()));
                job.shrink(&whole, false)
            } else {
                let chroma = job.chroma(conversion.is_some());
                let (source, original) = best(&copies, job.scaled(), chroma, kept.is_some());
                // Colour is converted once, after the first reduction.
                let conversion = conversion.filter(|_| original);
                let (region, size) = (job.region(), job.size());
                let small = resize(source, region, size, chroma);
                let small = match conversion {
                    Some(conversion) => conversion.convert(small),
                    None => small,
                };
                let new = size != copies.last().map_or(size, |last| last.size);
                if region == Region::WHOLE && new && kept.is_none() {
                    if copies.len() > COPIES {
                        copies.remove(1); // The first one is the picture.
                    }
                    copies.push(small.clone());
                }
                small
            };
            let encoded = encode(job.finish(small), job.format, job.rendition, extras)?;
            emit(output, &job, encoded, word, None);
        }
        Ok(())
    }
}

/// The whole picture with as many samples of everything, in grey or in red,
/// green and blue.
fn whole(frame: &Frame) -> Frame {
    if frame.kind.has_chroma() {
        into_rgb(resize(frame, Region::WHOLE, frame.size, Chroma::Full))
    } else {
        frame.clone()
    }
}

/// From 16-bit samples to 16-bit samples.
fn finish_deep(job: &Job<'_>, pixels: &Pixels<'_>) -> Deep {
    let rendition = job.rendition;
    let fine =
        precise::resize(pixels, job.region(), job.size(), rendition.filter, rendition.linear);
    let mut deep = fine.deep();
    if rendition.greyscale {
        deep = deep.greyscale();
    }
    deep = deep.upright(job.orientation);
    match job.placement.canvas {
        Some(canvas) => deep.padded(canvas, rendition.background),
        None => deep,
    }
}

/// The smallest copy that is large enough to make `scaled` from, and whether it
/// is the first one: the picture, which always serves, and alone if its colours
/// are to stay.
fn best(copies: &[Frame], scaled: Size, chroma: Chroma, first: bool) -> (&Frame, bool) {
    let serves = |frame: &Frame| {
        let enough = |have: u32, need: u32| f64::from(have) >= f64::from(need) * STEP;
        // What lost half of its chroma has not enough of it.
        let whole = frame.rasters.get(1).is_none_or(|chroma| chroma.size == frame.size);
        enough(frame.size.width, scaled.width)
            && enough(frame.size.height, scaled.height)
            && (chroma == Chroma::Half || whole)
            && !first
    };
    let index = copies.iter().rposition(serves).unwrap_or(0);
    (&copies[index], index == 0)
}
