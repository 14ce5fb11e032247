//! The renditions that keep an animation.

use obscura_sdk::{Error, Output};

use super::job::Job;
use super::{Order, emit};
use crate::animation::Animation;
use crate::decode::Header;
use crate::encode::{Animated, Encoded};
use crate::format::Format;
use crate::orientation::Orientation;
use crate::parameters::{Rendition, Target};

impl Order<'_> {
    /// Make and emit every rendition, frame by frame.
    pub(crate) fn animate(
        &self,
        animation: Animation<'_>,
        output: &mut Output,
    ) -> Result<(), Error> {
        let header = Header { size: animation.size, orientation: Orientation::UPRIGHT };
        let (count, plays) = (animation.count, animation.plays);
        let conversion = animation.profile.clone();
        let mut files = Vec::with_capacity(self.renditions.len());
        for &rendition in &self.renditions {
            let job = Job::new(rendition, moving_format(rendition, self.format), header);
            job.check(header, self.limits)?;
            let size = job.placement.output();
            let file = Animated::new(job.format, size, count, plays, rendition)?;
            files.push((job, file));
        }
        let mut shown = 0;
        for frame in animation.frames() {
            let (frame, delay) = frame?;
            for (job, file) in &mut files {
                if shown == 0 {
                    job.look(&frame);
                }
                let converts = conversion.as_ref().and_then(|profile| profile.conversion.as_ref());
                let mut small = job.shrink(&frame, converts.is_some());
                if let Some(converts) = converts {
                    small = converts.convert(small);
                }
                file.push(job.finish(small), delay)?;
            }
            shown += 1;
        }
        if shown != count {
            let what =
                format!("the animation says {count} frames and has {shown}; export it again");
            return Err(Error::Malformed(what));
        }
        for (job, file) in files {
            let (format, body) = (job.format, file.finish()?);
            let encoded = Encoded { format, body, found: None, reached: true };
            let word = conversion.as_ref().map(|profile| profile.outcome.word());
            emit(output, &job, encoded, word, Some(shown));
        }
        Ok(())
    }
}

/// The format for an animation that came as `source`.
fn moving_format(rendition: &Rendition, source: Format) -> Format {
    match rendition.format {
        Target::Source => source,
        _ => rendition.format_of(source),
    }
}
