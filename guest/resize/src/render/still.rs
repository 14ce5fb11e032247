//! The renditions of a still picture.

use obscura_picture::decode::Picture;
use obscura_picture::frame::Kind;
use obscura_picture::precise::{self, Deep, Pixels};
use obscura_sdk::{Error, Output};

use super::attached::Attached;
use super::copies::Copies;
use super::job::Job;
use super::order::{Order, emit};
use crate::crop::View;
use crate::effects;
use crate::encode::{encode, encode_deep};

impl Order<'_> {
    /// Make and emit every rendition, the largest first.
    pub(crate) fn render(&self, picture: Picture, output: &mut Output) -> Result<(), Error> {
        let Picture { header, frame, profile, metadata, deep, damaged } = picture;
        let mut jobs = self.jobs(header, frame.kind, frame.bytes())?;
        let mut view = View::new(&frame);
        for job in &mut jobs {
            job.look(&mut view);
        }
        let grey = frame.kind == Kind::Luma;
        let attached = Attached::new(profile, grey, &metadata, &self.renditions);
        let mut copies = Copies::of(frame);
        for job in jobs {
            let extras = attached.extras(&job);
            let word = attached.outcome(extras);
            let kept = extras.icc.is_some();
            let encoded = match &deep {
                Some(deep) if job.is_deep() => {
                    let convert = attached.profile.as_ref().filter(|_| !kept);
                    let converted = convert.and_then(|profile| profile.convert_deep(deep));
                    let pixels = converted.map_or_else(|| deep.clone(), Into::into);
                    encode_deep(&finish_deep(&job, &Pixels::Deep(pixels)), job.rendition, extras)?
                }
                _ => {
                    let shown = copies.rendered(&job, attached.conversion(extras), kept);
                    encode(shown, &job.formats, job.rendition, extras)?
                }
            };
            emit(output, &job, encoded, word, None, damaged);
        }
        Ok(())
    }
}

/// From 16-bit samples to 16-bit samples.
fn finish_deep(job: &Job<'_>, pixels: &Pixels<'_>) -> Deep {
    let rendition = job.rendition;
    let fine =
        precise::resize(pixels, job.region(), job.size(), rendition.filter, rendition.linear);
    let deep = effects::apply_deep(fine.deep(), rendition).upright(job.orientation);
    match job.placement.canvas {
        Some(canvas) => deep.padded(canvas, rendition.background.rgba()),
        None => deep,
    }
}
