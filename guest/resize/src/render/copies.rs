//! A frame, and reduced copies of it for smaller renditions.

use std::borrow::Cow;

use obscura_picture::colour::whole;
use obscura_picture::frame::Frame;
use obscura_picture::geometry::{Region, Size};
use obscura_picture::precise::{self, Pixels};
use obscura_picture::profile::Conversion;
use obscura_picture::resample::{Chroma, resize};

use super::job::Job;

/// The minimum size of a reduced copy relative to a rendition, to be used instead of the picture.
/// At this ratio, the loss is below half a point of SSIMULACRA2.
const STEP: f64 = 1.5;

/// The number of reduced copies that are kept at once.
const COPIES: usize = 3;

/// The first one is the frame itself, as it is stored; the others are in sRGB.
pub(super) struct Copies(Vec<Frame>);

impl Copies {
    pub(super) fn of(frame: Frame) -> Self {
        Self(vec![frame])
    }

    /// The part that a rendition shows. Its colours are converted by `conversion`, unless they are
    /// `kept`.
    pub(super) fn rendered(
        &mut self,
        job: &Job<'_>,
        conversion: Option<&Conversion>,
        kept: bool,
    ) -> Frame {
        if job.is_precise() {
            return job.finish(self.precise(job, conversion));
        }
        let chroma = job.chroma(conversion.is_some());
        let (source, original) = best(&self.0, job.scaled(), chroma, kept);
        // Colour is converted once, after the first reduction.
        let conversion = conversion.filter(|_| original);
        let (region, size) = (job.region(), job.size());
        let mut small = resize(source, region, size, chroma);
        if let Some(conversion) = conversion {
            small = conversion.convert(small);
        }
        let new = size != self.0.last().map_or(size, |last| last.size);
        if region == Region::WHOLE && new && !kept {
            if self.0.len() > COPIES {
                self.0.remove(1); // The first one is the picture.
            }
            self.0.push(small.clone());
        }
        job.finish(small)
    }

    fn precise(&self, job: &Job<'_>, conversion: Option<&Conversion>) -> Frame {
        // Colours are converted first: linear light is defined only for sRGB.
        let whole = whole(&self.0[0]);
        let whole = match conversion {
            Some(conversion) => Cow::Owned(conversion.convert(whole.into_owned())),
            None => whole,
        };
        let pixels = Pixels::Frame(&whole);
        let rendition = job.rendition;
        precise::resize(&pixels, job.region(), job.size(), rendition.filter, rendition.linear)
            .frame()
    }
}

/// The smallest copy that is large enough for `scaled`, and whether it is the picture itself, which
/// is always suitable, and the only choice if its colours are kept.
fn best(copies: &[Frame], scaled: Size, chroma: Chroma, first: bool) -> (&Frame, bool) {
    let serves = |frame: &Frame| {
        let enough = |have: u32, need: u32| f64::from(have) >= f64::from(need) * STEP;
        // A copy with halved chroma does not have enough.
        let whole = frame.rasters.get(1).is_none_or(|chroma| chroma.size == frame.size);
        enough(frame.size.width, scaled.width)
            && enough(frame.size.height, scaled.height)
            && (chroma == Chroma::Half || whole)
            && !first
    };
    let index = copies.iter().rposition(serves).unwrap_or(0);
    (&copies[index], index == 0)
}
