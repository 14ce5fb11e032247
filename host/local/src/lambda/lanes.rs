//! Turns: of what is in one lane, one is at work at a time, in the order in which they came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// All lanes, by their names.
#[derive(Clone, Default)]
pub(crate) struct Lanes(Arc<Mutex<Tails>>);

#[derive(Default)]
struct Tails {
    next: u64,
    /// Who came last into each lane.
    last: HashMap<String, (u64, oneshot::Receiver<()>)>,
}

/// A place in a lane; whoever comes next goes on once it is dropped.
pub(crate) struct Turn {
    lanes: Lanes,
    lane: String,
    number: u64,
    before: Option<oneshot::Receiver<()>>,
    _done: oneshot::Sender<()>,
}

impl Lanes {
    /// Queues up.
    pub(crate) fn enter(&self, lane: &str) -> Turn {
        let (done, ended) = oneshot::channel();
        let mut tails = self.lock();
        let number = tails.next;
        tails.next += 1;
        let before = tails.last.insert(lane.to_owned(), (number, ended));
        Turn {
            lanes: self.clone(),
            lane: lane.to_owned(),
            number,
            before: before.map(|(_, before)| before),
            _done: done,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tails> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Waits until everybody before has gone.
    pub(crate) async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is ever sent: the sender is dropped.
            let _ = before.await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut tails = self.lanes.lock();
        if tails.last.get(&self.lane).is_some_and(|(last, _)| *last == self.number) {
            tails.last.remove(&self.lane);
        }
    }
}
