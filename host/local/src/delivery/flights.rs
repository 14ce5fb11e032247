//! Request collapsing: concurrent requests for the same object share one lookup.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::answer::Answer;
use super::failure::Failure;
use super::key::CacheKey;

/// The maximum number of concurrent lookups. They continue after their clients disconnect, so the
/// limit of connections does not apply.
const MOST: usize = 1024;

/// A shared lookup.
pub(super) type Flight = Shared<BoxFuture<'static, Arc<Answer>>>;

/// The running lookups.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<CacheKey, Flight>>,
}

impl Flights {
    /// Joins the lookup for `key`, or starts one; returns whether it existed. `None` if there are
    /// too many.
    pub(super) fn join<F>(
        self: &Arc<Self>,
        key: &CacheKey,
        look: impl FnOnce() -> F,
    ) -> Option<(Flight, bool)>
    where
        F: Future<Output = Arc<Answer>> + Send + 'static,
    {
        let mut under_way = self.lock();
        if let Some(flight) = under_way.get(key) {
            return Some((flight.clone(), true));
        }
        if under_way.len() >= MOST {
            return None;
        }
        let landing = Landing { flights: Arc::clone(self), key: key.clone() };
        let look = look();
        let task = tokio::spawn(async move {
            let _landing = landing;
            look.await
        });
        let ended = |ended: Result<_, tokio::task::JoinError>| {
            ended.unwrap_or_else(|_| Arc::new(Failure::Stopped.answer()))
        };
        let flight = task.map(ended).boxed().shared();
        under_way.insert(key.clone(), flight.clone());
        Some((flight, false))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CacheKey, Flight>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a lookup from the list, however it ends.
struct Landing {
    flights: Arc<Flights>,
    key: CacheKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}
