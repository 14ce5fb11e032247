//! Executes the runs of a plan in waves, until all have ended.

use std::sync::Arc;

use futures_util::future::join_all;

use super::Pipeline;
use super::built::{Built, finish};
use super::canary::hands_over;
use super::ended::{End, Ended, Made, id};
use super::failed_canary::FailedCanary;
use super::feed::{Interrupted, Source};
use super::flow::{KEPT_BYTES, Shared};
use super::outcome::StepReport;
use super::plan::{Input, Picture, Plan, PlannedRun};
use super::run::{Feed, Hold, Ran};
use super::schedule::Schedule;
use super::standing::{Looks, Record, is_whole};
use super::upload::{SOURCE_MARK, Standing, Uploader, source_mark};
use super::work::Work;
use crate::digest::Digest;
use crate::document::Route;
use crate::error::Error;

impl Pipeline {
    /// Execute the runs that have not `ended` in an earlier round. If a canary fails, the plan
    /// changes; existing results are kept.
    pub(super) async fn build(
        &self,
        work: &mut Work,
        route: &Route,
        source: &mut Source,
        record: &Record,
        looks: &mut Looks,
        mut ended: Ended,
    ) -> Result<Built, Interrupted> {
        self.still_whole(looks, &mut ended).await?;
        let picture_etag = source.head.etag.clone();
        let metadata = source.head.metadata.clone();
        let (size, refusal) = (source.size, source.refusal.clone());
        let refusal = refusal.as_ref();
        let picture = Picture { etag: &picture_etag, size, refusal, metadata: &metadata };
        let mut plan = self.plan(work, route, &picture).await?;
        loop {
            let mut found = self.recorded(work, route, &plan, record.manifest.as_ref());
            self.whole(looks, &mut found).await?;
            let schedule = Schedule::of(&plan, &found, &ended, work);
            if schedule.wave.is_empty() {
                let states = schedule.states;
                let built = finish(plan, found, ended, &states, work, route);
                work.shadow(&built, &source.head);
                return Ok(built);
            }
            let jobs =
                self.jobs(work, route, &plan, &schedule, source, record, looks, &ended).await?;
            let fill = source.shared.clone().zip(source.rest.take());
            let fill = async move {
                if let Some((shared, rest)) = fill {
                    shared.fill(*rest).await;
                }
            };
            let (key, deadline) = (work.key.clone(), work.deadline);
            let runs = jobs.into_iter().map(|job| {
                let (key, uploader) = (&key, Arc::clone(&job.uploader));
                async move {
                    let ran =
                        self.run(key, Arc::clone(&uploader), job.feed, job.hold, deadline).await;
                    (job.index, uploader, ran)
                }
            });
            let (ran, ()) = tokio::join!(join_all(runs), fill);
            for (index, uploader, ran) in ran {
                work.strays.extend(ran.uploaded.written.iter().cloned());
                self.take(work, &plan, index, uploader, ran, &mut ended)?;
            }
            if std::mem::take(&mut work.gave_up) {
                plan = self.plan(work, route, &picture).await?;
            }
        }
    }

    /// Keep the results of an earlier round that still exist.
    async fn still_whole(&self, looks: &mut Looks, ended: &mut Ended) -> Result<(), Error> {
        let made = |end: &Result<Box<Made>, _>| match end {
            Ok(made) => made.uploaded.records.clone(),
            Err(_) => Vec::new(),
        };
        let keys = ended.values().flat_map(made).map(|one| one.key).collect();
        self.look(looks, keys).await?;
        ended.retain(|_, end| made(end).iter().all(|one| is_whole(looks, one)));
        Ok(())
    }

    /// Store deferred renditions, now that all runs have succeeded.
    pub(super) async fn release(&self, work: &mut Work, built: &mut Built) -> Result<(), Error> {
        for end in &mut built.ends {
            if let End::Made(made) = end
                && !made.uploaded.held.is_empty()
            {
                let released = made.uploader.release(&mut made.uploaded).await;
                work.strays.extend(made.uploaded.written.iter().cloned());
                released?;
                made.cost.upload_ms = made.uploaded.upload_ms;
            }
        }
        Ok(())
    }

    fn take(
        &self,
        work: &mut Work,
        plan: &Plan,
        index: usize,
        uploader: Arc<Uploader>,
        ran: Ran,
        ended: &mut Ended,
    ) -> Result<(), Error> {
        let run = &uploader.run;
        let Ran { result, uploaded, cost } = ran;
        let (step, digest) = (&run.step, run.choice.release.digest);
        work.steps.push(StepReport {
            step: step.name().to_owned(),
            digest,
            cost,
            failed: result.as_ref().err().map(Error::code),
            required: step.required,
        });
        let result = match result {
            Ok(()) => Ok(()),
            Err(error) if hands_over(&run.choice, &error) => {
                work.give_up(step, FailedCanary::new(digest, &error));
                return Ok(());
            }
            Err(Error::Rejected(rejection)) => Err(rejection),
            Err(fault) => return Err(fault),
        };
        let code = result.as_ref().map(drop).map_err(|rejection| rejection.code);
        work.ran(step, &run.label, &run.choice, code, cost);
        let end = match result {
            Ok(()) => Ok(Box::new(Made { uploaded, cost, uploader: Arc::clone(&uploader) })),
            Err(rejection) => Err((rejection, cost)),
        };
        if let Some(planned) = plan.runs.get(index) {
            ended.insert(id(plan, planned), end);
        }
        Ok(())
    }

    /// The work of a wave.
    #[allow(clippy::too_many_arguments)]
    async fn jobs(
        &self,
        work: &Work,
        route: &Route,
        plan: &Plan,
        schedule: &Schedule<'_>,
        source: &mut Source,
        record: &Record,
        looks: &Looks,
        ended: &Ended,
    ) -> Result<Vec<JobOf>, Interrupted> {
        let readers = plan.runs.iter().filter(|run| run.input == Input::Source).count();
        let share = readers > 1 && source.size <= KEPT_BYTES;
        if share && source.shared.is_none() && source.rest.is_some() {
            source.shared = Some(Shared::new(source.first.clone()));
        }
        let standing = Arc::new(standing(record, looks));
        let overwrites = !route.key_template.is_versioned()
            && record.manifest.as_ref().is_some_and(|one| one.source.etag == source.head.etag);
        let mut jobs = Vec::with_capacity(schedule.wave.len());
        for index in schedule.wave.iter().copied() {
            let Some(run) = plan.runs.get(index) else { continue };
            let feed = self.feed(plan, run, source, ended, schedule).await?;
            let hold = match (overwrites, run.choice.is_canary()) {
                (true, _) => Hold::UntilAllEnd,
                (_, true) => Hold::UntilItEnds,
                _ => Hold::Nothing,
            };
            let wanted = |output| {
                let read = Input::Output { run: index, output };
                plan.runs.iter().any(|other| other.input == read)
            };
            let uploader = Uploader {
                store: self.store.clone(),
                bucket: self.config.destination_bucket.clone(),
                destination: work.destination.clone(),
                route: route.clone(),
                wanted: (0..run.outputs.len()).map(wanted).collect(),
                standing: Arc::clone(&standing),
                metadata: metadata(work, route, source, run),
                run: Arc::new(run.clone()),
            };
            jobs.push(JobOf { index, uploader: Arc::new(uploader), feed, hold });
        }
        Ok(jobs)
    }
}

/// A run of a wave.
struct JobOf {
    index: usize,
    uploader: Arc<Uploader>,
    feed: Feed,
    hold: Hold,
}

fn standing(record: &Record, looks: &Looks) -> Standing {
    let Some(manifest) = &record.manifest else { return Standing::default() };
    let named = manifest.all_renditions().filter(|one| looks.get(&one.key) != Some(&None));
    let whole = manifest.renditions.iter().filter(|one| is_whole(looks, one));
    Standing {
        named: named.map(|one| (one.key.clone(), one.etag.clone())).collect(),
        whole: whole.map(|one| (one.key.clone(), one.clone())).collect(),
    }
}

/// The metadata of a rendition: its source, its component, and metadata copied from the picture.
fn metadata(
    work: &Work,
    route: &Route,
    source: &Source,
    run: &PlannedRun,
) -> Vec<(String, String)> {
    let marks = [
        (SOURCE_MARK, source_mark(work.key.as_str())),
        ("obscura-source-etag", source.head.etag.clone()),
        ("obscura-digest", run.choice.release.digest.to_string()),
        ("obscura-parameters", Digest::of(run.parameters_text.as_bytes()).to_string()),
        ("obscura-action", run.action.to_string()),
    ];
    let marks = marks.into_iter().map(|(name, value)| (name.to_owned(), value));
    marks.chain(route.carried(&source.head.metadata)).collect()
}
