//! The renditions that keep an animation.

use obscura_picture::animation::Animation;
use obscura_sdk::{Error, Output};

use super::attached::Attached;
use super::copies::Copies;
use super::order::{Order, emit};
use crate::crop::View;
use crate::encode::{Animated, Timing};

impl Order<'_> {
    /// Make and emit every rendition, frame by frame.
    pub(crate) fn animate(
        &self,
        animation: &Animation<'_>,
        output: &mut Output,
    ) -> Result<(), Error> {
        animation.check()?;
        let first = animation.start()?;
        let jobs = self.jobs(first.header, first.frame.kind, first.frame.bytes())?;
        // Frames are always written in colour.
        let attached = Attached::new(first.profile, false, &first.metadata, &self.renditions);
        let timing = Timing { count: animation.count(), plays: animation.plays };
        let mut files = Vec::with_capacity(jobs.len());
        let mut view = View::new(&first.frame);
        for mut job in jobs {
            job.look(&mut view);
            let extras = attached.extras(&job);
            let size = job.placement.output();
            let file = Animated::new(job.format(), size, timing, job.rendition, extras)?;
            files.push((job, extras, file));
        }
        drop(first.frame);
        let mut damaged = first.damaged;
        for frame in animation.frames() {
            let (frame, delay, is_damaged) = frame?;
            damaged |= is_damaged;
            let mut copies = Copies::of(frame);
            for (job, extras, file) in &mut files {
                let conversion = attached.conversion(*extras);
                file.push(copies.rendered(job, conversion, extras.icc.is_some()), delay)?;
            }
        }
        for (job, extras, file) in files {
            let word = attached.outcome(extras);
            emit(output, &job, file.finish()?, word, Some(timing.count), damaged);
        }
        Ok(())
    }
}
