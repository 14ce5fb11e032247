//! Long operations: they continue when the page is closed, report progress, and can be stopped.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::AbortHandle;

use super::Shared;
use super::feed::News;
use super::job::{Job, Kind, Standing};
use super::problem::Problem;

/// The number of jobs that are kept.
const KEPT: usize = 50;

/// All jobs, shared.
#[derive(Debug, Default)]
pub(super) struct Jobs(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    jobs: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    job: Job,
    stop: Arc<AtomicBool>,
    task: Option<AbortHandle>,
}

/// Selects a job.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Which {
    /// Its number.
    pub(super) id: u64,
}

/// All jobs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct All {
    /// The newest first.
    jobs: Vec<Job>,
}

/// Reports a job's progress.
#[derive(Clone)]
pub(super) struct Progress {
    studio: Shared,
    id: u64,
    stop: Arc<AtomicBool>,
}

impl Progress {
    /// Report the activity and the amount done.
    pub(super) fn tell(&self, doing: &str, done: usize, total: usize) {
        self.studio.change(self.id, |job| {
            job.doing = doing.to_owned();
            (job.done, job.total) = (done, total);
        });
    }

    /// Report the results so far.
    pub(super) fn found(&self, result: Value) {
        self.studio.change(self.id, |job| job.result = Some(result));
    }

    /// Set if it should stop.
    pub(super) fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl super::Studio {
    /// Start a long operation.
    pub(super) fn begin<F, R>(self: &Arc<Self>, kind: Kind, title: String, work: F) -> Which
    where
        F: FnOnce(Progress) -> R,
        R: Future<Output = Result<Value, Problem>> + Send + 'static,
    {
        let stop = Arc::new(AtomicBool::new(false));
        let id = {
            let mut kept = self.jobs.kept();
            kept.next += 1;
            let id = kept.next;
            let job = Job {
                id,
                kind,
                title,
                state: Standing::Running,
                doing: String::new(),
                done: 0,
                total: 0,
                result: None,
                problem: None,
                at: obscura::clock::now_text(),
            };
            kept.jobs.push_front(Entry { job, stop: Arc::clone(&stop), task: None });
            kept.jobs.truncate(KEPT);
            id
        };
        let work = work(Progress { studio: Arc::clone(self), id, stop });
        let studio = Arc::clone(self);
        let task = tokio::spawn(async move {
            let ended = work.await;
            studio.change(id, |job| match ended {
                _ if job.state != Standing::Running => {}
                Ok(result) => (job.state, job.result) = (Standing::Done, Some(result)),
                Err(problem) => {
                    (job.state, job.problem) = (Standing::Failed, Some(problem.trouble));
                }
            });
        });
        if let Some(entry) = self.jobs.kept().jobs.iter_mut().find(|entry| entry.job.id == id) {
            entry.task = Some(task.abort_handle());
        }
        self.change(id, |_| {});
        Which { id }
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Job)) {
        let mut kept = self.jobs.kept();
        let Some(entry) = kept.jobs.iter_mut().find(|entry| entry.job.id == id) else { return };
        change(&mut entry.job);
        self.feed.tell(&News::Job { job: Box::new(entry.job.clone()) });
    }
}

impl Jobs {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All jobs.
pub(super) async fn all(studio: Shared, _: super::api::Nothing) -> Result<All, Problem> {
    let kept = studio.jobs.kept();
    Ok(All { jobs: kept.jobs.iter().map(|entry| entry.job.clone()).collect() })
}

/// One of them.
pub(super) async fn one(studio: Shared, which: Which) -> Result<Job, Problem> {
    let kept = studio.jobs.kept();
    let found = kept.jobs.iter().find(|entry| entry.job.id == which.id);
    found.map(|entry| entry.job.clone()).ok_or_else(|| {
        Problem::missing("there is no such job", "The last fifty are kept until the server stops.")
    })
}

/// Stop one. Its changes so far are kept.
pub(super) async fn stop(studio: Shared, which: Which) -> Result<Job, Problem> {
    if let Some(entry) = studio.jobs.kept().jobs.iter().find(|entry| entry.job.id == which.id) {
        entry.stop.store(true, Ordering::Relaxed);
        if let Some(task) = &entry.task {
            task.abort();
        }
    }
    studio.change(which.id, |job| {
        if job.state == Standing::Running {
            job.state = Standing::Stopped;
        }
    });
    one(studio, which).await
}
