//! Time limits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use wasmtime::Engine;

/// The interval at which running components check the time.
const TICK: Duration = Duration::from_millis(10);

/// Increments the engine's epoch while something runs, and sleeps otherwise.
///
/// Epochs cost 6 to 12 % of a transform's time, fuel 13 to 27 %.
pub(super) struct Clock {
    shared: Arc<Shared>,
}

struct Shared {
    running: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
}

impl Clock {
    pub(super) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            running: AtomicUsize::new(0),
            lock: Mutex::new(()),
            wake: Condvar::new(),
        });
        let (engine, ticking) = (engine.weak(), Arc::downgrade(&shared));
        std::thread::Builder::new().name("clock".to_owned()).spawn(move || {
            loop {
                let Some(shared) = ticking.upgrade() else { return };
                if shared.running.load(Ordering::SeqCst) == 0 {
                    let guard = shared.lock.lock().unwrap_or_else(PoisonError::into_inner);
                    if shared.running.load(Ordering::SeqCst) == 0 {
                        // Wakes periodically to check whether the clock has been dropped.
                        drop(shared.wake.wait_timeout(guard, Duration::from_secs(1)));
                    }
                    continue;
                }
                drop(shared);
                std::thread::sleep(TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
        Ok(Self { shared })
    }

    /// Keep the clock running until the returned guard is dropped.
    pub(super) fn run(&self) -> Running<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        let _guard = self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.wake.notify_one();
        Running(&self.shared)
    }
}

pub(super) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The processor time that this thread has used.
pub(super) fn thread_cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}
