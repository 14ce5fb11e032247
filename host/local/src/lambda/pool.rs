//! The environments of one function: started when there is work for one more, kept warm, at most
//! as many as the function's concurrency.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{sleep, timeout};

use super::environment::Environment;
use super::error::{FunctionError, FunctionErrorKind};
use super::event::{Event, Events};
use super::function::Function;
use super::output::LogSink;

/// The wait after the first failure to start; each further one waits twice as long, up to
/// [`LONGEST_START_BACKOFF`]. Otherwise a program that cannot start would be started without end.
const START_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_START_BACKOFF: Duration = Duration::from_secs(5);

/// How long invocations under way may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(2);

/// The environments of one function.
pub(crate) struct Pool {
    pub(crate) function: Function,
    events: Events,
    sink: LogSink,
    /// One permit for each environment at work; who waits is served in order.
    slots: Semaphore,
    idle: Mutex<Vec<Environment>>,
    failed_starts: AtomicU32,
    /// Nothing new is begun any more.
    stopping: AtomicBool,
}

impl Pool {
    pub(crate) fn new(function: Function, events: Events, sink: LogSink) -> Self {
        Self {
            slots: Semaphore::new(function.concurrency.max(1)),
            function,
            events,
            sink,
            idle: Mutex::new(Vec::new()),
            failed_starts: AtomicU32::new(0),
            stopping: AtomicBool::new(false),
        }
    }

    /// Has an event worked on as soon as an environment is free.
    pub(crate) async fn invoke(
        &self,
        request_id: &str,
        payload: Bytes,
    ) -> Result<Bytes, FunctionError> {
        let _slot = self.slot().await?;
        let mut environment = match self.take_idle() {
            Some(environment) => environment,
            None => self.start().await?,
        };
        let pid = environment.pid();
        self.events.tell(Event::InvocationStarted {
            function: self.function.name.clone(),
            request_id: request_id.to_owned(),
            pid,
        });
        let started = Instant::now();
        let outcome = environment.invoke(&self.function, request_id, payload).await;
        self.events.tell(Event::InvocationFinished {
            function: self.function.name.clone(),
            request_id: request_id.to_owned(),
            duration: started.elapsed(),
            error: outcome.as_ref().err().cloned(),
        });
        let reusable = match &outcome {
            Ok(_) => true,
            Err(error) => error.kind == FunctionErrorKind::Handler,
        };
        if reusable {
            self.idle().push(environment);
        } else {
            self.stopped(pid);
        }
        outcome
    }

    /// Starts one environment ahead of the first event.
    pub(crate) async fn warm_up(&self) -> Result<(), FunctionError> {
        let _slot = self.slot().await?;
        if self.idle().is_empty() {
            let environment = self.start().await?;
            self.idle().push(environment);
        }
        Ok(())
    }

    /// Lets what is under way end, if it does so soon, and stops every environment.
    pub(crate) async fn shutdown(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        let all = u32::try_from(self.function.concurrency.max(1)).unwrap_or(u32::MAX);
        let _ = timeout(GRACE, self.slots.acquire_many(all)).await;
        self.slots.close();
        let idle = std::mem::take(&mut *self.idle());
        let stopping = idle.into_iter().map(|environment| async {
            let pid = environment.pid();
            environment.stop().await;
            self.stopped(pid);
        });
        futures::future::join_all(stopping).await;
    }

    async fn slot(&self) -> Result<SemaphorePermit<'_>, FunctionError> {
        let slot = self.slots.acquire().await;
        match slot {
            Ok(slot) if !self.stopping.load(Ordering::Relaxed) => Ok(slot),
            _ => Err(stopped()),
        }
    }

    fn take_idle(&self) -> Option<Environment> {
        loop {
            // The one that worked last is the warmest.
            let mut environment = self.idle().pop()?;
            if environment.is_alive() {
                return Some(environment);
            }
            self.stopped(environment.pid());
        }
    }

    async fn start(&self) -> Result<Environment, FunctionError> {
        let failures = self.failed_starts.load(Ordering::Relaxed);
        if failures > 0 {
            let backoff = START_BACKOFF * (1 << (failures - 1).min(8));
            sleep(backoff.min(LONGEST_START_BACKOFF)).await;
        }
        let function = self.function.name.clone();
        let started = Instant::now();
        match Environment::start(&self.function, &self.sink).await {
            Ok(environment) => {
                self.failed_starts.store(0, Ordering::Relaxed);
                self.events.tell(Event::EnvironmentStarted {
                    function,
                    pid: environment.pid(),
                    init_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                });
                Ok(environment)
            }
            Err(error) => {
                self.failed_starts.fetch_add(1, Ordering::Relaxed);
                self.events.tell(Event::EnvironmentFailed { function, error: error.clone() });
                Err(error)
            }
        }
    }

    fn stopped(&self, pid: u32) {
        self.events.tell(Event::EnvironmentStopped { function: self.function.name.clone(), pid });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped() -> FunctionError {
    FunctionError::new(
        FunctionErrorKind::Shutdown,
        "Runtime.Shutdown",
        "The server is shutting down".to_owned(),
    )
}
