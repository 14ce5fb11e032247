//! Renders a picture with a candidate, and compares and discards its output.
//!
//! It runs last in an invocation: after every picture's manifest is written, and before the
//! response, after which Lambda freezes the function. It only gets the remaining time, and cannot
//! change the response.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Pipeline;
use super::built::Built;
use super::cost::milliseconds;
use super::difference::{Emitted, Made, differences};
use super::ended::End;
use super::flow::{self, Broken};
use super::plan::Input as Read;
use super::shadow_task::{Input, ShadowTask};
use super::work::Work;
use crate::code::Code;
use crate::component::{Release, Trial};
use crate::outcomes::{Compared, Difference};
use crate::sandbox::{Failure, Job, Measured, Run, SourceInfo, SourceStream};
use crate::store::{Fetched, Head};

/// Time reserved for writing the counts and the response.
const KEPT: Duration = Duration::from_secs(2);
/// A candidate only starts if the remaining time is at least this multiple of the active
/// component's time.
const TIMES: u32 = 4;

impl Work {
    /// Record steps that candidates may repeat.
    pub(super) fn shadow(&mut self, built: &Built, source: &Head) {
        for (run, end) in built.plan.iter().zip(&built.ends) {
            let End::Made(made) = end else { continue };
            if run.step.shadow.is_none() {
                continue;
            }
            let input = match run.input {
                Read::Source => Some(Input::Source(Box::new(source.clone()))),
                Read::Output { run, output } => match built.ends.get(run) {
                    Some(End::Made(read)) => read.uploaded.bodies.get(&output).map(|body| {
                        let (bytes, media_type) = body.clone();
                        Input::Rendition(bytes, media_type)
                    }),
                    // It was not made in this event.
                    _ => None,
                },
            };
            let intermediates = made.uploaded.intermediates.iter().map(Made::from);
            let stored = made.uploaded.records.iter().map(Made::from);
            self.shadows.extend(input.map(|input| ShadowTask {
                key: self.key.clone(),
                step: run.step.clone(),
                label: run.label.clone(),
                input,
                parameters: run.parameters_text.clone(),
                active: run.choice.release.digest,
                renditions: stored.chain(intermediates).collect(),
                cost: made.cost,
            }));
        }
    }
}

impl Pipeline {
    /// The work between the last picture and the response: shadow renders, and writing counts.
    /// `deadline` is the end of the invocation. It cannot fail.
    pub async fn settle(&self, shadows: Vec<ShadowTask>, deadline: Option<Instant>) {
        for task in shadows {
            self.shadow(&task, deadline).await;
        }
        let left = deadline.map_or(KEPT, |at| at.saturating_duration_since(Instant::now()));
        if timeout(left.min(KEPT), self.outcomes.flush()).await.is_err() {
            tracing::warn!("outcomes are not recorded yet: no time is left");
        }
    }

    async fn shadow(&self, task: &ShadowTask, deadline: Option<Instant>) {
        let Some((release, trial)) = self.candidate(task).await else { return };
        let longest = Instant::now() + task.step.limits.for_sandbox().max_time + KEPT;
        let end = deadline.map_or(longest, |at| at.checked_sub(KEPT).unwrap_or(at).min(longest));
        let left = end.saturating_duration_since(Instant::now());
        let ran = if left < task.took() * TIMES {
            None
        } else {
            timeout(left, self.run_candidate(task, release, end)).await.ok()
        };
        self.outcomes.count(&trial, &task.label, |counts| match ran {
            Some(Some(ran)) => task.compare(&ran, &mut counts.shadow),
            Some(None) => {}
            None => counts.shadow.out_of_time += 1,
        });
    }

    /// The candidate, if the picture is in its share.
    async fn candidate(&self, task: &ShadowTask) -> Option<(Release, Trial)> {
        let transform = &task.step.transform;
        let share = task.step.shadow.as_ref()?;
        let (release, since) = match share.digest {
            Some(digest) if !share.takes(digest, &task.key) => return None,
            Some(digest) => {
                (self.registry.published(transform, digest).await.ok()??, String::new())
            }
            None => {
                let pointer = self.registry.canary(transform).await?;
                (pointer.release, pointer.activated_at)
            }
        };
        let (candidate, active) = (release.digest, task.active);
        let wanted = candidate != active && share.takes(candidate, &task.key);
        let trial = Trial { transform: transform.clone(), candidate, active, since };
        wanted.then_some((release, trial))
    }

    /// Run the candidate. `None` if the picture is gone, or the store failed.
    async fn run_candidate(
        &self,
        task: &ShadowTask,
        release: Release,
        end: Instant,
    ) -> Option<Ran> {
        let active = match self.registry.load(release).await {
            Ok(active) => active,
            Err(error) => {
                let failed = Failed { code: error.code(), message: error.to_string() };
                return Some(Ran { failed: Some(failed), ..Ran::default() });
            }
        };
        let broken = Broken::default();
        let content_type = match &task.input {
            Input::Source(head) => head.content_type.clone(),
            Input::Rendition(_, media_type) => Some(media_type.clone()),
        };
        type Fed<'a> = (u64, Box<dyn SourceStream>, BoxFuture<'a, f64>);
        let (size, stream, download): Fed<'_> = match &task.input {
            Input::Rendition(bytes, _) => {
                (bytes.len() as u64, Box::new(bytes.clone()), Box::pin(async { 0.0 }))
            }
            Input::Source(head) => {
                let read = self.store.get(&self.config.source_bucket, task.key.as_str(), None);
                let object = match read.await.ok()? {
                    Fetched::Object(object) if object.head.etag == head.etag => object,
                    _ => return None,
                };
                let (object, _) = object.decoded().await.ok()?;
                let (size, broken) = (object.body.size(), Arc::clone(&broken));
                let (stream, download) = flow::source(Bytes::new(), object.body, broken);
                (size, Box::new(stream), Box::pin(download))
            }
        };
        let sink = Emitted::default();
        let job = Job {
            info: SourceInfo { key: task.key.as_str().to_owned(), size, content_type },
            stream,
            sink: Box::new(sink.clone()),
            parameters: task.parameters.clone(),
            limits: task.step.limits.for_sandbox(),
            deadline: Some(end),
        };
        let run = spawn_blocking(move || active.transform.render(job));
        let (run, _) = tokio::join!(run, download);
        if broken.get().is_some() {
            return None;
        }
        let Run { outcome, measured, .. } = run.ok()?;
        let failed = outcome.err().map(|failure| Failed::from(&failure));
        Some(Ran { failed, measured, emitted: sink.take() })
    }
}

/// The result of a candidate.
#[derive(Default)]
struct Ran {
    failed: Option<Failed>,
    measured: Measured,
    emitted: Vec<Made>,
}

struct Failed {
    code: Code,
    message: String,
}

impl From<&Failure> for Failed {
    fn from(failure: &Failure) -> Self {
        Self { code: failure.code(), message: failure.to_string() }
    }
}

impl ShadowTask {
    /// Count the comparison of a candidate's run with the stored renditions.
    fn compare(&self, ran: &Ran, counts: &mut Compared) {
        let key = self.key.as_str().to_owned();
        if let Some(Failed { code, message }) = &ran.failed {
            if *code == Code::OutOfTime {
                counts.out_of_time += 1;
            } else {
                counts.failed(*code);
                counts.keep(Difference { key, what: format!("{code}: {message}") });
            }
            return;
        }
        let stored = &self.renditions;
        counts.pictures += 1;
        counts.bytes += ran.emitted.iter().map(|one| one.bytes).sum::<u64>();
        counts.stored_bytes += stored.iter().map(|one| one.bytes).sum::<u64>();
        counts.slowdown.add_ratio(milliseconds(ran.measured.cpu), self.cost.guest_cpu_ms);
        counts.peak_memory_bytes = counts.peak_memory_bytes.max(ran.measured.peak_memory);
        let peak = self.cost.peak_memory_bytes;
        counts.stored_peak_memory_bytes = counts.stored_peak_memory_bytes.max(peak);
        match differences(stored, &ran.emitted) {
            None => counts.identical += 1,
            Some(what) => counts.keep(Difference { key, what }),
        }
    }
}
