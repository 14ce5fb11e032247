//! From a picture to its renditions.

use obscura_sdk::{Error, Limits, Output, Rendition as Finished};

use crate::colour::pad;
use crate::decode::{Demand, Header, Picture};
use crate::encode::{chroma_of, encode};
use crate::format::Format;
use crate::frame::Frame;
use crate::geometry::{Placement, Region, Size};
use crate::parameters::{Plan, Rendition};
use crate::resample::{Chroma, resize};

/// How much larger than a rendition a smaller copy of the picture must be to
/// stand in for the picture. At this ratio the loss against the picture itself
/// is below half a point of SSIMULACRA2.
const STEP: f64 = 1.5;

/// How many smaller copies are kept at once.
const COPIES: usize = 3;

/// The renditions that are to be made of a picture of `format`.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) plan: Plan<'a>,
    pub(crate) format: Format,
    pub(crate) limits: Limits,
}

/// One of them, with what follows from the picture's size.
struct Job<'a> {
    rendition: &'a Rendition,
    format: Format,
    placement: Placement,
}

impl<'a> Order<'a> {
    fn jobs(&self, upright: Size) -> Result<Vec<Job<'a>>, Error> {
        let mut jobs = Vec::with_capacity(self.plan.renditions.len());
        for rendition in self.plan.renditions {
            let format = rendition.format.of(self.format);
            let placement = Placement::of(upright, rendition);
            self.check(rendition, format, &placement)?;
            jobs.push(Job { rendition, format, placement });
        }
        // The sort is stable: equal sizes stay in the order of the parameters.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.placement.scaled.pixels()));
        Ok(jobs)
    }

    /// Refuse a rendition that cannot be written or kept in memory.
    fn check(&self, of: &Rendition, format: Format, placement: &Placement) -> Result<(), Error> {
        let size = placement.output();
        let most = format.max_side();
        let Limits { max_pixels, max_memory, .. } = self.limits;
        let reason = if size.width > most || size.height > most {
            format!("{} has at most {most} pixels a side", format.media_type())
        } else if size.pixels() > max_pixels {
            format!("at most {max_pixels} pixels are allowed")
        } else if size.pixels().saturating_mul(8) > max_memory {
            format!("at most {} MiB of memory are allowed", max_memory >> 20)
        } else {
            return Ok(());
        };
        Err(Error::LimitExceeded(format!(
            "the rendition `{}` of this picture would have {}×{} pixels, but {reason}; \
             give both width and height, or a `fit` that keeps it smaller",
            of.name, size.width, size.height
        )))
    }

    /// Make and emit every rendition, the largest first.
    pub(crate) fn render(&self, picture: Picture, output: &mut Output) -> Result<(), Error> {
        let Picture { header, frame, profile } = picture;
        let transposed = header.orientation.transposes();
        let mut copies = vec![frame];
        for job in self.jobs(header.size.transposed(transposed))? {
            let Job { rendition, format, placement } = job;
            let scaled = placement.scaled.transposed(transposed);
            let size = placement.size.transposed(transposed);
            let region = header.orientation.stored_region(placement.region);
            let (source, original) = best(&copies, scaled);
            // Colour is converted once, after the first reduction.
            let profile = profile.as_ref().filter(|_| original);
            let pixels = placement.canvas.is_some() || profile.is_some();
            let chroma = if pixels { Chroma::Full } else { chroma_of(format) };
            let small = resize(source, region, size, chroma);
            let small = match profile {
                Some(profile) => profile.convert(small),
                None => small,
            };
            if region == Region::WHOLE && size != copies.last().map_or(size, |last| last.size) {
                if copies.len() > COPIES {
                    copies.remove(1); // The first one is the picture.
                }
                copies.push(small.clone());
            }
            let small = header.orientation.upright(small);
            let finished = match placement.canvas {
                Some(canvas) => pad(small, canvas, rendition.background),
                None => small,
            };
            let Size { width, height } = finished.size;
            let body = encode(finished, format, rendition)?;
            output.emit(
                Finished::new(&rendition.name, format.media_type(), body).sized(width, height),
            );
        }
        Ok(())
    }
}

impl Demand for Order<'_> {
    fn scale(&self, header: Header) -> Result<f64, Error> {
        let upright = header.size.transposed(header.orientation.transposes());
        let ratio = |part: u32, whole: u32| f64::from(part) / f64::from(whole);
        let jobs = self.jobs(upright)?;
        Ok(jobs.iter().fold(0.0, |most: f64, job| {
            let Size { width, height } = job.placement.scaled;
            most.max(ratio(width, upright.width)).max(ratio(height, upright.height))
        }))
    }

    fn takes_chroma(&self, header: Header) -> bool {
        let upright = header.size.transposed(header.orientation.transposes());
        let formats = self.plan.renditions.iter().all(|rendition| {
            let placement = Placement::of(upright, rendition);
            let format = rendition.format.of(self.format);
            placement.canvas.is_none() && chroma_of(format) == Chroma::Half
        });
        formats && self.scale(header).is_ok_and(|scale| scale <= CHROMA_SCALE)
    }
}

/// The largest scale at which halving chroma before everything else leaves as
/// much of it as halving it at the end.
const CHROMA_SCALE: f64 = 0.75;

/// The smallest copy that is large enough to make `scaled` from, and whether it
/// is the first one: the picture, which always serves.
fn best(copies: &[Frame], scaled: Size) -> (&Frame, bool) {
    let serves = |frame: &Frame| {
        let enough = |have: u32, need: u32| f64::from(have) >= f64::from(need) * STEP;
        enough(frame.size.width, scaled.width) && enough(frame.size.height, scaled.height)
    };
    let index = copies.iter().rposition(serves).unwrap_or(0);
    (&copies[index], index == 0)
}
