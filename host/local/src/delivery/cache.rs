//! An LRU cache of responses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;

use super::answer::Answer;
use super::freshness::Freshness;
use super::key::CacheKey;

/// The maximum size of a response, as a fraction of the cache.
const LARGEST_PART: usize = 4;

/// A cache with a maximum size in bytes.
pub(super) struct Cache {
    capacity: usize,
    shared: Mutex<Shared>,
}

struct Shared {
    entries: LruCache<CacheKey, Entry>,
    bytes: usize,
}

struct Entry {
    answer: Arc<Answer>,
    since: Instant,
    freshness: Freshness,
    weight: usize,
}

/// The result of a lookup.
pub(super) enum Found {
    /// Fresh, with this age.
    Fresh(Arc<Answer>, Duration),
    /// Stale, with this age, to serve while it is revalidated.
    Revalidating(Arc<Answer>, Duration),
    /// Stale, to serve only if the origins fail.
    Expired(Arc<Answer>, Duration),
    /// A miss.
    Nothing,
}

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        let shared = Shared { entries: LruCache::unbounded(), bytes: 0 };
        Self { capacity, shared: Mutex::new(shared) }
    }

    pub(super) fn find(&self, key: &CacheKey) -> Found {
        let mut shared = self.lock();
        let Some(entry) = shared.entries.get(key) else { return Found::Nothing };
        let (answer, age) = (Arc::clone(&entry.answer), entry.since.elapsed());
        let Freshness { fresh, revalidating } = entry.freshness;
        if age < fresh {
            Found::Fresh(answer, age)
        } else if age < fresh + revalidating {
            Found::Revalidating(answer, age)
        } else {
            Found::Expired(answer, age)
        }
    }

    /// Whether there is a successful response, of any age.
    pub(super) fn has_good(&self, key: &CacheKey) -> bool {
        self.lock().entries.peek(key).is_some_and(|entry| entry.answer.status.is_success())
    }

    /// Stores a response, and removes the previous one in any case.
    pub(super) fn store(&self, key: &CacheKey, answer: &Arc<Answer>, default_ttl: Duration) {
        let mut shared = self.lock();
        if let Some(old) = shared.entries.pop(key) {
            shared.bytes -= old.weight;
        }
        let freshness = Freshness::of(&answer.headers, default_ttl);
        let (Some(freshness), Some(size)) = (freshness, answer.size_in_memory()) else { return };
        let weight = size + key.weight();
        if weight > self.capacity / LARGEST_PART {
            return;
        }
        let entry = Entry { answer: Arc::clone(answer), since: Instant::now(), freshness, weight };
        shared.entries.push(key.clone(), entry);
        shared.bytes += weight;
        while shared.bytes > self.capacity {
            let Some((_, oldest)) = shared.entries.pop_lru() else { break };
            shared.bytes -= oldest.weight;
        }
    }

    /// Its size in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::path::Key;
    use super::*;
    use hyper::{HeaderMap, StatusCode};

    fn key(name: &str) -> CacheKey {
        CacheKey::new(Key::parse(&format!("/{name}.jpg")).unwrap(), &HeaderMap::new())
    }

    fn answer(bytes: usize, cache_control: &'static str) -> Arc<Answer> {
        let mut answer = Answer::in_memory(StatusCode::OK, vec![0; bytes]);
        answer.headers.insert("cache-control", cache_control.parse().unwrap());
        Arc::new(answer)
    }

    fn has(cache: &Cache, name: &str) -> bool {
        matches!(cache.find(&key(name)), Found::Fresh(..))
    }

    #[test]
    fn the_least_used_makes_room() {
        let cache = Cache::new(10_000);
        for name in ["a", "b", "c", "d"] {
            cache.store(&key(name), &answer(2000, "max-age=60"), Duration::ZERO);
        }
        assert!(has(&cache, "a"));
        cache.store(&key("e"), &answer(2000, "max-age=60"), Duration::ZERO);
        assert!(has(&cache, "a") && !has(&cache, "b") && has(&cache, "c"));
        assert!(cache.bytes() <= 10_000);
        cache.store(&key("a"), &answer(1, "max-age=60"), Duration::ZERO);
        cache.store(&key("large"), &answer(3000, "max-age=60"), Duration::ZERO);
        assert!(!has(&cache, "large") && has(&cache, "e"));
    }

    #[test]
    fn what_must_not_be_kept_replaces_what_was() {
        let cache = Cache::new(10_000);
        cache.store(&key("a"), &answer(1, "max-age=60"), Duration::ZERO);
        cache.store(&key("a"), &answer(1, "no-store"), Duration::ZERO);
        assert!(matches!(cache.find(&key("a")), Found::Nothing));
        assert_eq!(cache.bytes(), 0);
        cache.store(&key("a"), &answer(1, "max-age=0, stale-while-revalidate=9"), Duration::ZERO);
        assert!(matches!(cache.find(&key("a")), Found::Revalidating(..)));
    }
}
