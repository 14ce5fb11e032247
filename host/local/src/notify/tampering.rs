//! Duplicates and disorder at will. S3 promises neither that an event comes once nor that events
//! come in order, and this is how to see that nobody relies on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::lambda::Accepted;

/// In which order held events are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they came.
    Arrival,
    /// The last one first.
    Reversed,
}

/// The handle to tamper with deliveries.
#[derive(Clone)]
pub struct Tampering {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    copies: usize,
    /// Set: events are kept back.
    held: Option<Vec<Accepted>>,
}

impl Default for Tampering {
    fn default() -> Self {
        let shared = Shared { copies: 1, held: None };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }
}

impl Tampering {
    /// Every event from now on is delivered this many times; 1 is normal.
    pub fn deliver_times(&self, copies: usize) {
        self.lock().copies = copies;
    }

    /// Events from now on are kept back, on disk, until they are released.
    pub fn hold(&self) {
        self.lock().held.get_or_insert_default();
    }

    /// Delivers what was kept back; gives the number of events.
    pub fn release(&self, order: Order) -> usize {
        let mut held = self.lock().held.take().unwrap_or_default();
        if order == Order::Reversed {
            held.reverse();
        }
        let count = held.len();
        for accepted in held {
            accepted.release();
        }
        count
    }

    /// How often the next event is to be delivered.
    pub(crate) fn copies(&self) -> usize {
        self.lock().copies
    }

    /// Delivers, or keeps back.
    pub(crate) fn pass(&self, accepted: Accepted) {
        let mut shared = self.lock();
        match &mut shared.held {
            Some(held) => held.push(accepted),
            None => {
                drop(shared);
                accepted.release();
            }
        }
    }

    /// What is kept back stays on disk for the next start.
    pub(crate) fn leave(&self) {
        for accepted in self.lock().held.take().unwrap_or_default() {
            accepted.leave();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
