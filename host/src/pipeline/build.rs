//! Run what has to be run, in waves, until every run of a plan has ended.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;

use super::Pipeline;
use super::canary::{FailedCanary, hands_over};
use super::flow::{KEPT_BYTES, Shared};
use super::manifest::InputRecord;
use super::outcome::{Cost, StepReport};
use super::plan::{Input, Picture, Plan, PlannedRun};
use super::run::{Feed, FeedBytes, Hold, Ran};
use super::standing::{Found, Looks, Record, is_whole};
use super::upload::{SOURCE_MARK, Standing, Uploaded, Uploader, source_mark};
use super::work::Work;
use crate::digest::Digest;
use crate::document::Route;
use crate::error::{Error, Fault, Rejection};
use crate::key::SourceKey;
use crate::store::{Download, Fetched, Head};

/// What tells a run from all others: its step, what it reads, and its action.
type Id = (String, Option<InputRecord>, Digest);

fn id(plan: &Plan, run: &PlannedRun) -> Id {
    (run.step.name().to_owned(), plan.input_record(run), run.action)
}

/// A picture that is about to be rendered.
pub(super) struct Source {
    pub(super) key: SourceKey,
    /// As its bytes tell it.
    pub(super) media_type: &'static str,
    pub(super) head: Head,
    /// What has been read of it.
    pub(super) first: Bytes,
    /// The rest, until a run takes it.
    pub(super) rest: Option<Box<Download>>,
    /// The whole, if several runs read it.
    pub(super) shared: Option<Arc<Shared>>,
}

/// What became of a run of the plan.
pub(super) enum End {
    /// An earlier run came out the same.
    Found(Box<Found>),
    /// It ran.
    Made(Box<Made>),
    /// It failed, and would fail again.
    Failed(Rejection, Cost),
    /// What it reads was not made.
    Skipped,
    /// It is made when somebody asks for it.
    Requested,
}

/// What a run has made.
pub(super) struct Made {
    pub(super) uploaded: Uploaded,
    pub(super) cost: Cost,
    /// Stores what is held back.
    uploader: Arc<Uploader>,
}

/// A plan, and what became of each of its runs.
pub(super) struct Built {
    pub(super) plan: Vec<Arc<PlannedRun>>,
    pub(super) ends: Vec<End>,
    pub(super) inputs: Vec<Option<InputRecord>>,
    pub(super) waiting: Vec<(String, Fault)>,
    pub(super) keys: Vec<String>,
}

/// What is not given back by a round.
pub(super) enum Interrupted {
    /// The source is another one by now.
    Moved,
    Error(Error),
}

impl<E: Into<Error>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// The runs that have ended.
pub(super) type Ended = HashMap<Id, Result<Box<Made>, (Rejection, Cost)>>;

impl Built {
    /// What was made, for another round: under keys that never change it can stay.
    pub(super) fn into_ended(self) -> Ended {
        let runs = self.plan.into_iter().zip(self.inputs).zip(self.ends);
        let made = runs.filter_map(|((run, input), end)| match end {
            End::Made(made) => Some(((run.step.name().to_owned(), input, run.action), Ok(made))),
            _ => None,
        });
        made.collect()
    }
}

impl Pipeline {
    /// Run what has to be run, and has not `ended` in an earlier round. A canary
    /// that fails makes the plan another one; what has been made by then stays.
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
        let size = source.head.size;
        let picture = Picture { etag: &picture_etag, size, metadata: &metadata };
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

    /// Keep of an earlier round what still is there.
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

    /// Store what was held back, now that all has ended well.
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

    /// What a wave is to do.
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
        let share = readers > 1 && source.head.size <= KEPT_BYTES;
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

    /// What a run reads.
    async fn feed(
        &self,
        plan: &Plan,
        run: &PlannedRun,
        source: &mut Source,
        ended: &Ended,
        schedule: &Schedule<'_>,
    ) -> Result<Feed, Interrupted> {
        let Input::Output { run: read, output } = run.input else {
            return self.feed_of_source(run, source).await;
        };
        let made = plan
            .runs
            .get(read)
            .and_then(|read| ended.get(&id(plan, read)).and_then(|end| end.as_ref().ok()));
        if let Some((body, media_type)) = made.and_then(|made| made.uploaded.bodies.get(&output)) {
            return Ok(Feed {
                size: body.len() as u64,
                content_type: Some(media_type.clone()),
                bytes: FeedBytes::Whole(body.clone()),
            });
        }
        // It is stored, by an earlier run.
        let name =
            plan.runs.get(read).and_then(|read| read.outputs.get(output)).map(|one| &one.name);
        let stored = schedule
            .found
            .get(&read)
            .and_then(|found| found.renditions.iter().find(|one| Some(&one.name) == name));
        let Some(stored) = stored else { return Err(Interrupted::Moved) };
        match self.store.get(&self.config.destination_bucket, &stored.key, None).await? {
            Fetched::Object(object) if object.head.etag == stored.etag => Ok(Feed {
                size: object.head.size,
                content_type: Some(stored.media_type.clone()),
                bytes: FeedBytes::Own(Bytes::new(), Box::new(object.body)),
            }),
            _ => Err(Interrupted::Moved),
        }
    }

    async fn feed_of_source(
        &self,
        run: &PlannedRun,
        source: &mut Source,
    ) -> Result<Feed, Interrupted> {
        let feed = |bytes| Feed {
            size: source.head.size,
            content_type: source.head.content_type.clone(),
            bytes,
        };
        if let Some(shared) = &source.shared {
            return Ok(feed(FeedBytes::Shared(Arc::clone(shared))));
        }
        if let Some(rest) = source.rest.take() {
            return Ok(feed(FeedBytes::Own(source.first.clone(), rest)));
        }
        // Too large to be kept, or a canary has read it: it is asked for again.
        let (bucket, key) = (&self.config.source_bucket, &source.key);
        tracing::debug!(key = key.as_str(), step = run.step.name(), "reading the source again");
        match self.store.get(bucket, key.as_str(), None).await? {
            Fetched::Object(object) if object.head.etag == source.head.etag => {
                Ok(feed(FeedBytes::Own(Bytes::new(), Box::new(object.body))))
            }
            _ => Err(Interrupted::Moved),
        }
    }
}

/// A run of a wave.
struct JobOf {
    index: usize,
    uploader: Arc<Uploader>,
    feed: Feed,
    hold: Hold,
}

/// What of a plan comes next.
struct Schedule<'a> {
    /// Runs whose inputs are there, and which have not run.
    wave: Vec<usize>,
    found: &'a HashMap<usize, Found>,
    states: Vec<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Failed,
    Skipped,
    Requested,
    Ready,
    Blocked,
}

impl<'a> Schedule<'a> {
    fn of(plan: &Plan, found: &'a HashMap<usize, Found>, ended: &Ended, work: &Work) -> Self {
        let needed = needed(plan, found, ended, work);
        let mut states: Vec<State> = Vec::with_capacity(plan.runs.len());
        for (index, run) in plan.runs.iter().enumerate() {
            let input = match run.input {
                Input::Source => State::Done,
                Input::Output { run, .. } => states.get(run).copied().unwrap_or(State::Skipped),
            };
            let end = ended.get(&id(plan, run));
            let before = found.get(&index);
            let failed_before = before.is_some_and(|found| found.run.error.is_some());
            let needed = needed.get(index).copied().unwrap_or(true);
            states.push(match (end, input) {
                (Some(Ok(_)), _) => State::Done,
                (Some(Err(_)), _) => State::Failed,
                _ if run.refused.is_some() || failed_before => State::Failed,
                (None, State::Failed | State::Skipped) => State::Skipped,
                _ if !needed && before.is_none() => State::Requested,
                _ if !needed => State::Done,
                (None, State::Done) => State::Ready,
                (None, State::Ready | State::Blocked | State::Requested) => State::Blocked,
            });
        }
        // A picture that fails as a whole needs nothing more.
        let failed = plan.runs.iter().zip(&states);
        let failed =
            failed.into_iter().any(|(run, state)| run.step.required && *state == State::Failed);
        let ready = states.iter().enumerate();
        let ready = ready.filter(|(_, state)| !failed && **state == State::Ready);
        Self { wave: ready.map(|(index, _)| index).collect(), found, states }
    }
}

/// Which runs have to run: those that are wanted and without an earlier one, and
/// those whose renditions such a run reads and nobody has stored.
fn needed(plan: &Plan, found: &HashMap<usize, Found>, ended: &Ended, work: &Work) -> Vec<bool> {
    let runs = plan.runs.iter().enumerate();
    let mut needed: Vec<bool> = runs
        .map(|(index, run)| !found.contains_key(&index) && run.is_wanted(&work.wanted))
        .collect();
    for (index, run) in plan.runs.iter().enumerate().rev() {
        let has_ended = ended.contains_key(&id(plan, run));
        if !needed.get(index).copied().unwrap_or(false) || has_ended {
            continue;
        }
        if let Input::Output { run: read, output } = run.input {
            let stored = plan.runs.get(read).and_then(|read| read.outputs.get(output));
            let is_there = stored.is_some_and(|output| output.stored) && found.contains_key(&read);
            if !is_there && let Some(needed) = needed.get_mut(read) {
                *needed = true;
            }
        }
    }
    needed
}

fn standing(record: &Record, looks: &Looks) -> Standing {
    let Some(manifest) = &record.manifest else { return Standing::default() };
    let whole = manifest.renditions.iter().filter(|one| is_whole(looks, one));
    Standing {
        named: manifest.keys().map(str::to_owned).collect(),
        whole: whole.map(|one| (one.key.clone(), one.clone())).collect(),
    }
}

/// The metadata of a rendition: what it was made of, and by what, and what its
/// picture's says.
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

/// A plan of which nothing has to be run.
pub(super) fn of_records(
    plan: Plan,
    found: HashMap<usize, Found>,
    work: &Work,
    route: &Route,
) -> Built {
    let ended = Ended::new();
    let states = Schedule::of(&plan, &found, &ended, work).states;
    finish(plan, found, ended, &states, work, route)
}

fn finish(
    plan: Plan,
    mut found: HashMap<usize, Found>,
    mut ended: Ended,
    states: &[State],
    work: &Work,
    route: &Route,
) -> Built {
    let inputs: Vec<_> = plan.runs.iter().map(|run| plan.input_record(run)).collect();
    let mut ends = Vec::with_capacity(plan.runs.len());
    for (index, run) in plan.runs.iter().enumerate() {
        let input = inputs.get(index).cloned().flatten();
        let end = ended.remove(&(run.step.name().to_owned(), input, run.action));
        let state = states.get(index);
        ends.push(match (end, found.remove(&index), &run.refused) {
            (Some(Ok(made)), ..) => End::Made(made),
            (Some(Err((rejection, cost))), ..) => End::Failed(rejection, cost),
            (None, Some(found), _) => match found.run.error.clone() {
                Some(rejection) => End::Failed(rejection, found.run.cost),
                None => End::Found(Box::new(found)),
            },
            (None, None, Some(rejection)) if state == Some(&State::Failed) => {
                End::Failed(rejection.clone(), Cost::default())
            }
            (None, None, _) if state == Some(&State::Requested) => End::Requested,
            (None, None, _) => End::Skipped,
        });
    }
    let keys = plan.keys(&work.destination, route);
    Built {
        ends,
        inputs,
        waiting: plan.waiting,
        keys,
        plan: plan.runs.into_iter().map(Arc::new).collect(),
    }
}
