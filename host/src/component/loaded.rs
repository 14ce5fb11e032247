//! A cache of values that take long to load.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::digest::Digest;

/// An LRU cache by digest. Each value is loaded once; concurrent requests for the same digest wait,
/// others do not.
#[derive(Debug)]
pub(super) struct Loaded<T> {
    /// The capacity.
    most: usize,
    /// The most recently used one is last.
    cells: Mutex<Vec<(Digest, Arc<OnceCell<T>>)>>,
}

impl<T: Clone> Loaded<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, cells: Mutex::default() }
    }

    /// The value with this digest, loaded if it is missing. If loading fails, the next request
    /// tries again.
    pub(super) async fn get<E>(
        &self,
        digest: Digest,
        load: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let cell = self.cell(digest);
        let loaded = cell.get_or_try_init(|| load).await.cloned();
        if loaded.is_err() {
            // A failed one must not replace a usable one.
            self.cells().retain(|(known, cell)| *known != digest || cell.initialized());
        }
        loaded
    }

    fn cell(&self, digest: Digest) -> Arc<OnceCell<T>> {
        let mut cells = self.cells();
        let at = cells.iter().position(|(known, _)| *known == digest);
        let found = at.map(|at| cells.remove(at)).unwrap_or_else(|| (digest, Arc::default()));
        let cell = Arc::clone(&found.1);
        cells.push(found);
        if cells.len() > self.most {
            cells.remove(0);
        }
        cell
    }

    fn cells(&self) -> MutexGuard<'_, Vec<(Digest, Arc<OnceCell<T>>)>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn one_that_takes_long_keeps_nobody_from_another() {
        let loaded = Arc::new(Loaded::new(2));
        let (slow, fast) = (Digest::of(b"slow"), Digest::of(b"fast"));
        let (finish, finished) = oneshot::channel::<&str>();
        let loads = Arc::new(AtomicUsize::new(0));
        let first = {
            let (loaded, loads) = (Arc::clone(&loaded), Arc::clone(&loads));
            tokio::spawn(async move {
                let load = async {
                    loads.fetch_add(1, Ordering::Relaxed);
                    finished.await
                };
                loaded.get(slow, load).await.unwrap()
            })
        };
        while loads.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        // Another digest can be loaded meanwhile.
        let other = loaded.get(fast, async { Ok::<_, Infallible>("fast") }).await;
        assert_eq!(other, Ok("fast"));
        // A request for the same digest waits, and does not load.
        let second = {
            let (loaded, loads) = (Arc::clone(&loaded), Arc::clone(&loads));
            tokio::spawn(async move {
                let load = async {
                    loads.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, Infallible>("twice")
                };
                loaded.get(slow, load).await.unwrap()
            })
        };
        tokio::task::yield_now().await;
        finish.send("slow").unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), ("slow", "slow"));
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_failed_is_tried_again_and_takes_no_place() {
        let loaded = Loaded::new(1);
        let (good, bad) = (Digest::of(b"good"), Digest::of(b"bad"));
        assert_eq!(loaded.get(bad, async { Err::<u8, _>("no") }).await, Err("no"));
        assert!(loaded.cells().is_empty());
        assert_eq!(loaded.get(bad, async { Ok::<_, &str>(1) }).await, Ok(1));
        assert_eq!(loaded.get(good, async { Ok::<_, &str>(2) }).await, Ok(2));
        assert_eq!(loaded.cells().len(), 1, "the one used last");
        assert_eq!(loaded.get(good, async { Err("known") }).await, Ok(2));
    }
}
