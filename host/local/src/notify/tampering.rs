//! Injects duplicates and reordering. S3 guarantees neither exactly-once delivery nor order, and
//! this tests that nothing relies on them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::lambda::Accepted;

/// The order in which held events are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// In order.
    Arrival,
    /// In reverse order.
    Reversed,
}

/// The handle to tamper with deliveries.
#[derive(Clone)]
pub struct Tampering {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    copies: usize,
    /// If set, events are held.
    held: Option<Vec<Accepted>>,
}

impl Default for Tampering {
    fn default() -> Self {
        let shared = Shared { copies: 1, held: None };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }
}

impl Tampering {
    /// Deliver every event from now on this many times; 1 is normal.
    pub fn deliver_times(&self, copies: usize) {
        self.lock().copies = copies;
    }

    /// Hold events from now on, on disk, until they are released.
    pub fn hold(&self) {
        self.lock().held.get_or_insert_default();
    }

    /// Releases held events; returns their number.
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

    /// How often to deliver the next event.
    pub(crate) fn copies(&self) -> usize {
        self.lock().copies
    }

    /// Delivers or holds an event.
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

    /// Held events stay on disk for the next start.
    pub(crate) fn leave(&self) {
        for accepted in self.lock().held.take().unwrap_or_default() {
            accepted.leave();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
