//! Latencies of events, from acceptance until they are processed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use obscura_local::Event;
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The events of one function.
#[derive(Debug, Default)]
pub(super) struct Seen {
    accepted: HashMap<String, Instant>,
    /// Of each event processed since the last [`Watch::take`].
    pub(super) latencies: Vec<Duration>,
    /// The running processes.
    pub(super) pids: BTreeSet<u32>,
    pub(super) retried: u64,
    pub(super) dead: u64,
    /// Events lost because this receiver lagged.
    pub(super) missed: u64,
}

/// Watches one function.
#[derive(Clone)]
pub(super) struct Watch(Arc<Mutex<Seen>>);

impl Watch {
    /// Watch until the sender is dropped.
    pub(super) fn begin(function: &'static str, mut events: Receiver<Event>) -> Self {
        let watch = Self(Arc::default());
        let seen = watch.clone();
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(event) => seen.lock().hear(function, event),
                    Err(RecvError::Lagged(count)) => seen.lock().missed += count,
                    Err(RecvError::Closed) => return,
                }
            }
        });
        watch
    }

    /// The observations so far.
    pub(super) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latencies of a number of events, once all of them are processed.
    pub(super) async fn all(&self, count: u64) -> anyhow::Result<Vec<Duration>> {
        loop {
            {
                let seen = self.lock();
                anyhow::ensure!(seen.missed == 0, "{} events were not seen", seen.missed);
                anyhow::ensure!(seen.dead == 0, "{} events were given up on", seen.dead);
                if seen.latencies.len() as u64 >= count {
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(self.take())
    }

    /// The latencies since the last time.
    pub(super) fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut self.lock().latencies)
    }
}

impl Seen {
    fn hear(&mut self, watched: &str, event: Event) {
        match event {
            Event::Accepted { function, request_id, .. } if function == watched => {
                self.accepted.insert(request_id, Instant::now());
            }
            Event::Delivered { function, request_id } if function == watched => {
                if let Some(accepted) = self.accepted.remove(&request_id) {
                    self.latencies.push(accepted.elapsed());
                }
            }
            Event::EnvironmentStarted { function, pid, .. } if function == watched => {
                self.pids.insert(pid);
            }
            Event::EnvironmentStopped { function, pid } if function == watched => {
                self.pids.remove(&pid);
            }
            Event::Retrying { function, .. } if function == watched => self.retried += 1,
            Event::DeadLettered { function, request_id, .. } if function == watched => {
                self.accepted.remove(&request_id);
                self.dead += 1;
            }
            _ => {}
        }
    }
}

/// Latencies, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Percentiles {
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
}

impl Percentiles {
    /// Percentiles of these; zeros if there are none.
    pub(super) fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort();
        let at = |hundredths: usize| {
            let rank = (latencies.len() * hundredths).div_ceil(100).saturating_sub(1);
            latencies.get(rank).copied().map(super::figures::milliseconds).unwrap_or_default()
        };
        Self { p50_ms: at(50), p95_ms: at(95), p99_ms: at(99) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Percentiles;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let all = (1..=200).rev().map(Duration::from_millis).collect();
        let expected = Percentiles { p50_ms: 100.0, p95_ms: 190.0, p99_ms: 198.0 };
        assert_eq!(Percentiles::of(all), expected);
        assert_eq!(Percentiles::of(Vec::new()), Percentiles::default());
    }
}
