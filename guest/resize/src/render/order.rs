//! The renditions to make from a picture.

use obscura_picture::decode::{Demand, Header};
use obscura_picture::format::Format;
use obscura_picture::frame::Kind;
use obscura_picture::geometry::Size;
use obscura_picture::resample::Chroma;
use obscura_sdk::{Error, Limits, Output, Rendition as Finished};

use super::job::Job;
use crate::crop;
use crate::encode::{Encoded, chroma_of};
use crate::parameters::{Damaged, Rendition};

/// The renditions to make from a picture of `format`.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) renditions: Vec<&'a Rendition>,
    pub(crate) format: Format,
    /// The number of frames to keep; one for a still picture.
    pub(crate) frames: u32,
    pub(crate) limits: Limits,
    pub(crate) damaged: Damaged,
}

impl<'a> Order<'a> {
    /// Its jobs, the largest first, for a picture of this kind that takes `held` bytes of memory.
    pub(super) fn jobs(
        &self,
        header: Header,
        kind: Kind,
        held: u64,
    ) -> Result<Vec<Job<'a>>, Error> {
        let limits = self.limits;
        let left = Limits { max_memory: limits.max_memory.saturating_sub(held), ..limits };
        let mut jobs = Vec::with_capacity(self.renditions.len());
        for &rendition in &self.renditions {
            let mut job = Job::new(rendition, header);
            job.choose(self.format, self.frames, kind, left);
            job.check(header, self.frames, kind, left)?;
            jobs.push(job);
        }
        // The sort is stable: equal sizes stay in the order of the parameters.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.placement.scaled.pixels()));
        Ok(jobs)
    }
}

impl Demand for Order<'_> {
    fn scale(&self, header: Header) -> Result<f64, Error> {
        let ratio = |part: u32, whole: u32| f64::from(part) / f64::from(whole);
        let jobs = self.jobs(header, Kind::Ycc, 0)?;
        Ok(jobs.iter().fold(0.0, |most: f64, job| {
            let Size { width, height } = job.scaled();
            let looked_at = crop::least_side(job.rendition.position);
            let least = if job.is_precise() { 1.0 } else { most };
            least
                .max(most)
                .max(ratio(looked_at, header.size.width.max(header.size.height)).min(1.0))
                .max(ratio(width, header.size.width))
                .max(ratio(height, header.size.height))
        }))
    }

    fn takes_chroma(&self, header: Header) -> bool {
        let fits = |job: &Job<'_>| {
            !job.is_precise()
                && job.chroma(false) == Chroma::Half
                && chroma_of(job.format(), job.rendition) == Chroma::Half
        };
        self.jobs(header, Kind::Ycc, 0).is_ok_and(|jobs| jobs.iter().all(fits))
            && self.scale(header).is_ok_and(|scale| scale <= CHROMA_SCALE)
    }

    fn renders_damaged(&self) -> bool {
        self.damaged == Damaged::Render
    }

    fn takes_depth(&self) -> bool {
        self.renditions.iter().any(|r| r.depth == 16 && r.possible().contains(&Format::Png))
    }
}

/// The largest scale at which halving chroma first leaves as much of it as halving it at the end.
const CHROMA_SCALE: f64 = 0.75;

/// Emit a finished file, with its information for the manifest.
pub(super) fn emit(
    output: &mut Output,
    job: &Job<'_>,
    encoded: Encoded,
    profile: Option<&'static str>,
    frames: Option<u32>,
    damaged: bool,
) {
    let Size { width, height } = job.placement.output();
    let mut finished =
        Finished::new(&job.rendition.name, encoded.format.media_type(), encoded.body)
            .sized(width, height);
    let mut note = |name: &str, value: String| finished.attributes.push((name.into(), value));
    if let Some(word) = profile {
        note("profile", word.into());
    }
    if let Some(quality) = encoded.found {
        note("quality", quality.to_string());
    }
    if !encoded.reached {
        note("target", "missed".into());
    }
    if damaged {
        note("damaged", "yes".into());
    }
    if let Some(frames) = frames {
        note("frames", frames.to_string());
    }
    output.emit(finished);
}
