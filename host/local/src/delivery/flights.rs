//! One look for many requests: whoever asks for what is being looked for already waits for that.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::failure::Failure;
use super::key::CacheKey;
use super::respond::Answer;

/// How many looks there are at a time. They go on without those who asked, so connections do not
/// bound them.
const MOST: usize = 1024;

/// A look that many may wait for.
pub(super) type Flight = Shared<BoxFuture<'static, Arc<Answer>>>;

/// The looks under way.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<CacheKey, Flight>>,
}

impl Flights {
    /// Joins the look for `key`, or begins one; says whether it was there. Nothing if there are too
    /// many.
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

/// Takes a look off the list however it ends.
struct Landing {
    flights: Arc<Flights>,
    key: CacheKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}
