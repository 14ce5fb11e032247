//! The state, and every possible next step.

use std::collections::{BTreeMap, BTreeSet};

use super::worker::{Worker, next as worker_next};

/// The parameters of an exploration.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Model {
    /// Whether keys change with their content.
    pub(crate) versioned: bool,
    pub(crate) mistake: Option<Mistake>,
}

/// A part of the protocol that is omitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// The source is not checked again after the commit.
    NoLastLook,
    /// The record is written unconditionally.
    NoCondition,
    /// The record is not checked again after renditions were tagged.
    NoLookAfterMarking,
    /// Retired renditions that are named again are not checked after the commit.
    NoLookAtReused,
    /// The source is not checked again after everything was removed.
    NoLookAfterClearing,
    /// The sweeper removes renditions that an event may be about to name.
    SweepWhatIsYoung,
}

/// The content of renditions: a picture, rendered by a component.
pub(crate) type Made = (u8, u8);

/// The object of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Object {
    pub(crate) made: Made,
    pub(crate) marked: bool,
    /// The grace period is over.
    pub(crate) over: bool,
}

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Manifest {
    pub(crate) etag: u8,
    pub(crate) made: Made,
    pub(crate) retired: BTreeSet<Made>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// The picture, if there is one.
    pub(crate) source: Option<u8>,
    /// The active component.
    pub(crate) component: u8,
    pub(crate) objects: BTreeMap<Made, Object>,
    pub(crate) manifest: Option<Manifest>,
    /// The ETag that the next record gets.
    pub(crate) next_etag: u8,
    /// Events that no worker has received.
    pub(crate) events: u8,
    pub(crate) workers: [Option<Worker>; 2],
    /// The remaining steps of the others: changes of the source, publications, crashes, and ends of
    /// the grace period.
    pub(crate) changes: u8,
    pub(crate) publications: u8,
    pub(crate) crashes: u8,
    pub(crate) graces: u8,
}

impl State {
    pub(crate) fn first(model: &Model) -> Self {
        Self {
            source: None,
            component: 0,
            objects: BTreeMap::new(),
            manifest: None,
            next_etag: 0,
            events: 0,
            workers: [None, None],
            changes: 2,
            publications: if model.versioned { 2 } else { 1 },
            crashes: 1,
            graces: u8::from(model.versioned),
        }
    }

    /// The key of renditions: a single one if keys do not change.
    pub(crate) fn key(model: &Model, made: Made) -> Made {
        if model.versioned { made } else { (0, 0) }
    }

    /// Every possible next step, and its description.
    pub(crate) fn next(&self, model: &Model) -> Vec<(String, Self)> {
        let mut all = Vec::new();
        self.change_source(&mut all);
        self.publish(&mut all);
        for index in 0..self.workers.len() {
            self.work(model, index, &mut all);
        }
        if model.versioned {
            self.sweep(model, &mut all);
        }
        all
    }

    fn change_source(&self, all: &mut Vec<(String, Self)>) {
        for source in [None, Some(1), Some(2)] {
            if self.changes > 0 && source != self.source {
                let (changes, events) = (self.changes - 1, self.events + 1);
                let next = Self { source, changes, events, ..self.clone() };
                all.push((format!("the source becomes {source:?}"), next));
            }
        }
    }

    fn publish(&self, all: &mut Vec<(String, Self)>) {
        if self.publications > 0 {
            let mut next = self.clone();
            next.publications -= 1;
            next.component = 1 - next.component;
            next.events += 1;
            all.push((format!("component {} becomes active", next.component), next));
        }
    }

    fn work(&self, model: &Model, index: usize, all: &mut Vec<(String, Self)>) {
        let Some(worker) = &self.workers[index] else {
            if self.events > 0 {
                let mut next = self.clone();
                next.events -= 1;
                next.workers[index] = Some(Worker::default());
                all.push((format!("worker {index} takes an event"), next));
            }
            return;
        };
        let mut next = self.clone();
        let (what, after) = worker_next(model, &mut next, worker.clone());
        next.workers[index] = after;
        all.push((format!("worker {index}: {what}"), next));
        if self.crashes > 0 {
            let mut next = self.clone();
            next.crashes -= 1;
            next.workers[index] = None;
            // It is delivered again.
            next.events += 1;
            all.push((format!("worker {index} dies"), next));
        }
    }

    /// A lifecycle rule, or the sweeper.
    fn sweep(&self, model: &Model, all: &mut Vec<(String, Self)>) {
        // The grace period is longer than an event's processing, and nothing is reused near its
        // end.
        let idle = self.workers.iter().all(Option::is_none);
        if self.graces > 0 && idle && self.objects.values().any(|one| one.marked && !one.over) {
            let mut next = self.clone();
            next.graces -= 1;
            for object in next.objects.values_mut().filter(|object| object.marked) {
                object.over = true;
            }
            all.push(("the grace is over".to_owned(), next));
        }
        for (key, object) in &self.objects {
            let named = self.manifest.as_ref().is_some_and(|manifest| manifest.made == object.made);
            let mut next = self.clone();
            if object.marked && object.over {
                next.objects.remove(key);
                all.push((format!("{key:?} is swept"), next));
            } else if model.mistake == Some(Mistake::SweepWhatIsYoung) && !named {
                next.objects.remove(key);
                all.push((format!("{key:?} is swept too early"), next));
            }
        }
    }

    /// Workers are interchangeable, and so are the numbers of ETags: only their equality matters.
    pub(crate) fn make_canonical(&mut self) {
        let text = |worker: &Option<Worker>| format!("{worker:?}");
        if text(&self.workers[0]) > text(&self.workers[1]) {
            self.workers.swap(0, 1);
        }
        let mut known: Vec<u8> = Vec::new();
        let mut number = |etag: &mut u8| {
            let at = known.iter().position(|one| one == etag).unwrap_or_else(|| {
                known.push(*etag);
                known.len() - 1
            });
            *etag = u8::try_from(at).unwrap();
        };
        if let Some(manifest) = &mut self.manifest {
            number(&mut manifest.etag);
        }
        for worker in self.workers.iter_mut().flatten() {
            worker.etags().into_iter().for_each(&mut number);
        }
        self.next_etag = u8::try_from(known.len()).unwrap();
    }

    /// Whether only optional steps remain.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.events == 0 && self.workers.iter().all(Option::is_none)
    }

    /// The error in a final state.
    pub(crate) fn wrong(&self, model: &Model) -> Option<String> {
        let Some(source) = self.source else {
            let empty = self.manifest.is_none() && self.objects.is_empty();
            return (!empty).then(|| "something is left of a picture that is gone".to_owned());
        };
        let Some(manifest) = &self.manifest else { return Some("there is no record".to_owned()) };
        // The component depends on when the pointer was read.
        let expected = manifest.made;
        if expected.0 != source {
            return Some(format!("the record names {expected:?}, and the source is {source}"));
        }
        match self.objects.get(&Self::key(model, expected)) {
            None => return Some("a rendition that is named is missing".to_owned()),
            Some(object) if object.made != expected => {
                return Some(format!("the rendition shows {:?}", object.made));
            }
            Some(object) if object.marked => {
                return Some("a rendition that is named will be swept".to_owned());
            }
            Some(_) => {}
        }
        for (key, object) in &self.objects {
            if *key == Self::key(model, expected) {
                continue;
            }
            // The sweeper finds the leftovers of a crash, and they are removed with the source.
            if manifest.retired.contains(&object.made) && !object.marked {
                return Some(format!("{key:?} is retired, and stays for ever"));
            }
        }
        None
    }
}
