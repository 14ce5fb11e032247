//! A worker's processing of an event, request by request.

use super::model::{Made, Manifest, Mistake, Model, Object, State};

/// A worker and its current step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Worker {
    at: At,
    /// The record that it has read, and the component active at that time.
    standing: Option<Manifest>,
    component: u8,
    /// The picture that it has read.
    source: u8,
    /// Existing renditions are not trusted.
    dirty: bool,
    /// The renditions that it has written.
    written: Option<Made>,
    /// The record that it has written.
    own: Option<u8>,
    marked: bool,
    rounds: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum At {
    #[default]
    ReadRecord,
    ReadSource,
    Look,
    Unmark,
    LookUnmarked,
    Store,
    TakeAway,
    Commit,
    Mark,
    LookAtReused,
    LookAtSource,
    LookAtRecord,
    Clear,
    ClearFolder,
    ClearRecord,
    LookCleared,
}

/// The next request, its effect on the state, and the worker afterwards; `None` if the event is
/// done.
pub(crate) fn next(model: &Model, state: &mut State, worker: Worker) -> (String, Option<Worker>) {
    let what = format!("{:?} {:?}", worker.at, (worker.source, worker.component));
    (what, step(model, state, worker))
}

impl Worker {
    /// The ETags that it remembers.
    pub(crate) fn etags(&mut self) -> Vec<&mut u8> {
        let standing = self.standing.as_mut().map(|standing| &mut standing.etag);
        standing.into_iter().chain(self.own.as_mut()).collect()
    }

    fn made(&self) -> Made {
        (self.source, self.component)
    }

    fn go(self, at: At) -> Option<Self> {
        Some(Self { at, ..self })
    }

    /// Another round. The event is returned to the queue after five rounds; two suffice for the
    /// model.
    fn again(self, state: &mut State, dirty: bool) -> Option<Self> {
        if self.rounds == 2 {
            state.events += 1;
            return None;
        }
        let (rounds, dirty, written) = (self.rounds + 1, self.dirty || dirty, self.written);
        Some(Self { rounds, dirty, written, ..Self::default() })
    }
}

fn step(model: &Model, state: &mut State, mut worker: Worker) -> Option<Worker> {
    let key = State::key(model, worker.made());
    match worker.at {
        At::ReadRecord => {
            worker.standing.clone_from(&state.manifest);
            worker.component = state.component;
            worker.go(At::ReadSource)
        }
        At::ReadSource => match state.source {
            None => worker.go(At::Clear),
            Some(source) => {
                worker.source = source;
                let trusted = model.versioned || !worker.dirty;
                worker.go(if trusted { At::Look } else { At::Store })
            }
        },
        At::Look => {
            let made = worker.made();
            let object = state.objects.get(&key).filter(|object| object.made == made);
            let standing = worker.standing.as_ref();
            let named = standing.is_some_and(|standing| standing.made == made);
            let retired = standing.is_some_and(|standing| standing.retired.contains(&made));
            let marks_fit = standing.is_none_or(|standing| {
                let of = |made: &Made| state.objects.get(made);
                standing.retired.iter().all(|made| of(made).is_none_or(|object| object.marked))
            });
            match object {
                // The source was requested conditionally, so this was the last check.
                Some(object) if named && !object.marked && marks_fit => None,
                Some(object) if (named || retired) && !object.over => {
                    let marked = object.marked;
                    worker.go(if marked { At::Unmark } else { At::TakeAway })
                }
                _ => worker.go(At::Store),
            }
        }
        At::Unmark => {
            if let Some(object) = state.objects.get_mut(&key) {
                (object.marked, object.over) = (false, false);
            }
            worker.go(At::LookUnmarked)
        }
        At::LookUnmarked => {
            if state.objects.contains_key(&key) {
                return worker.go(At::TakeAway);
            }
            worker.again(state, false)
        }
        At::Store => {
            let made = worker.made();
            state.objects.insert(key, Object { made, marked: false, over: false });
            worker.written = Some(made);
            worker.go(At::TakeAway)
        }
        At::TakeAway => {
            // Renditions from an earlier round of this event that no record names.
            if let Some(written) = worker.written.filter(|written| *written != worker.made()) {
                let kept = worker.standing.as_ref().is_some_and(|standing| {
                    standing.made == written || standing.retired.contains(&written)
                });
                if model.versioned && !kept {
                    state.objects.remove(&written);
                }
            }
            worker.go(At::Commit)
        }
        At::Commit => commit(model, state, worker),
        At::Mark => {
            worker.marked = false;
            let retired = state_retired(&worker, state);
            for made in retired {
                if let Some(object) = state.objects.get_mut(&made).filter(|object| !object.marked) {
                    object.marked = true;
                    worker.marked = true;
                }
            }
            let made = worker.made();
            let reused = worker.standing.as_ref().is_some_and(|one| one.retired.contains(&made));
            let look = reused && model.mistake != Some(Mistake::NoLookAtReused);
            worker.go(if look { At::LookAtReused } else { At::LookAtSource })
        }
        At::LookAtReused => {
            let found = state.objects.get(&key);
            if found.is_some_and(|object| !object.marked) {
                return worker.go(At::LookAtSource);
            }
            worker.again(state, false)
        }
        At::LookAtSource => {
            let moved = state.source != Some(worker.source);
            if moved && model.mistake != Some(Mistake::NoLastLook) {
                return worker.again(state, false);
            }
            let look = worker.marked && model.mistake != Some(Mistake::NoLookAfterMarking);
            if look { worker.go(At::LookAtRecord) } else { None }
        }
        At::LookAtRecord => {
            let ours = state.manifest.as_ref().is_some_and(|one| Some(one.etag) == worker.own);
            if ours { None } else { worker.again(state, false) }
        }
        At::Clear => {
            if let Some(standing) = &worker.standing {
                state.objects.remove(&State::key(model, standing.made));
                if model.versioned {
                    state.objects.retain(|_, object| !standing.retired.contains(&object.made));
                }
            }
            worker.go(At::ClearFolder)
        }
        At::ClearFolder => {
            state.objects.clear();
            worker.go(At::ClearRecord)
        }
        At::ClearRecord => {
            state.manifest = None;
            worker.go(At::LookCleared)
        }
        At::LookCleared => {
            if state.source.is_none() || model.mistake == Some(Mistake::NoLookAfterClearing) {
                return None;
            }
            worker.again(state, true)
        }
    }
}

fn commit(model: &Model, state: &mut State, mut worker: Worker) -> Option<Worker> {
    let etag = |manifest: &Option<Manifest>| manifest.as_ref().map(|manifest| manifest.etag);
    let stands = etag(&state.manifest) == etag(&worker.standing);
    if !stands && model.mistake != Some(Mistake::NoCondition) {
        return worker.again(state, true);
    }
    let made = worker.made();
    let mut retired = std::collections::BTreeSet::new();
    if let Some(standing) = worker.standing.as_ref().filter(|_| model.versioned) {
        retired.clone_from(&standing.retired);
        retired.insert(standing.made);
        retired.remove(&made);
    }
    worker.own = Some(state.next_etag);
    state.manifest = Some(Manifest { etag: state.next_etag, made, retired });
    state.next_etag += 1;
    worker.written = Some(made);
    worker.go(At::Mark)
}

/// The renditions that the worker's new record retires.
fn state_retired(worker: &Worker, state: &State) -> Vec<Made> {
    let made = worker.made();
    let standing = worker.standing.iter();
    let all = standing.flat_map(|one| one.retired.iter().copied().chain([one.made]));
    all.filter(|one| *one != made && state.objects.contains_key(one)).collect()
}
