//! Runs one call in a fresh instance.

use std::time::{Duration, Instant};

use wasmtime::component::Resource;
use wasmtime::{Store, Trap, UpdateDeadline};

use super::clock::thread_cpu_time;
use super::contract::{Bindings, Description, RenditionSpec};
use super::failure::Failure;
use super::limits::{Limits, MemoryExceeded};
use super::state::{State, Transfer};
use super::transfer::{Interruption, RenditionSink, SourceInfo, SourceStream};
use super::untrusted::{self, check_description};
use super::world::Transform;

/// The time limit of `describe` and `plan`, which otherwise have the default limits.
const SMALL_CALL: Duration = Duration::from_secs(5);

/// One picture to render.
pub struct Job {
    /// The source's properties.
    pub info: SourceInfo,
    /// Its bytes.
    pub stream: Box<dyn SourceStream>,
    /// The sink of renditions.
    pub sink: Box<dyn RenditionSink>,
    /// The parameters, as JSON text.
    pub parameters: String,
    /// Its limits.
    pub limits: Limits,
    /// The deadline of its event, if any.
    pub deadline: Option<Instant>,
}

/// The result of a job.
#[derive(Debug)]
pub struct Run {
    /// Whether every planned rendition was emitted.
    pub outcome: Result<(), Failure>,
    /// Its cost.
    pub measured: Measured,
    /// The transform's standard output and standard error.
    pub log: String,
}

/// The cost of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measured {
    /// Processor time of the thread that ran it, instantiation included.
    pub cpu: Duration,
    /// Wall-clock time, including waits for the download and uploads.
    pub wall: Duration,
    /// Peak linear memory, in bytes.
    pub peak_memory: u64,
}

impl Transform {
    /// Call `describe`.
    ///
    /// # Errors
    /// The call failed.
    pub fn describe(&self) -> Result<Description, Failure> {
        self.describe_within(Limits::default())
    }

    /// [`describe`](Self::describe), with these limits.
    ///
    /// # Errors
    /// The call failed.
    pub fn describe_within(&self, limits: Limits) -> Result<Description, Failure> {
        self.small_call(limits, |bindings, store| {
            let guest = bindings.obscura_transform_transformer();
            let description = guest.call_describe(store)?.into();
            Ok(check_description(&description).map(|()| description))
        })
    }

    /// Call `plan` with these parameters.
    ///
    /// # Errors
    /// [`Failure::InvalidParameters`], and any other failure.
    pub fn plan(&self, parameters: &str) -> Result<Vec<RenditionSpec>, Failure> {
        self.plan_within(parameters, Limits::default())
    }

    /// [`plan`](Self::plan), with these limits.
    ///
    /// # Errors
    /// As those of `plan`.
    pub fn plan_within(
        &self,
        parameters: &str,
        limits: Limits,
    ) -> Result<Vec<RenditionSpec>, Failure> {
        self.small_call(limits, |bindings, store| {
            let guest = bindings.obscura_transform_transformer();
            let specs = guest.call_plan(store, parameters)?;
            Ok(specs.map_err(Failure::from).and_then(|specs| self.accept_plan(specs)))
        })
    }

    /// Create and drop an instance.
    ///
    /// # Errors
    /// It failed to start.
    pub fn start(&self) -> Result<(), Failure> {
        self.small_call(Limits::default(), |_, _| Ok(Ok(())))
    }

    /// Render one picture in a fresh instance. It blocks the thread.
    pub fn render(&self, job: Job) -> Run {
        let (started, cpu) = (Instant::now(), thread_cpu_time());
        let longest = started + job.limits.max_time;
        let deadline = job.deadline.map_or(longest, |deadline| deadline.min(longest));
        let transfer = Transfer {
            info: job.info,
            stream: job.stream,
            sink: job.sink,
            outstanding: Vec::new(),
            emitted: 0,
            emitted_bytes: 0,
            attribute_bytes: 0,
        };
        let mut store = self.store(job.limits, deadline);
        let answer = {
            let _running = self.sandbox.clock().run();
            self.pre
                .instantiate(&mut store)
                .and_then(|bindings| self.call(&bindings, &mut store, transfer, &job.parameters))
        };
        let outcome = match answer {
            Ok(Ok(())) => complete(store.data()),
            Ok(Err(failure)) => Err(judge(failure, store.data())),
            Err(error) => {
                let seconds = (deadline - started).as_secs_f64();
                Err(match classify(&error, store.data_mut()) {
                    Stop::Failure(failure) => failure,
                    Stop::Time if deadline < longest => Failure::OutOfTime { seconds },
                    Stop::Time => Failure::TimeExceeded { seconds },
                })
            }
        };
        let state = store.data();
        let (peak_memory, log) = (state.memory.peak(), state.log_text());
        // Dropping the store clears the memory, which is part of a picture's cost.
        drop(store);
        let measured = Measured {
            cpu: thread_cpu_time().saturating_sub(cpu),
            wall: started.elapsed(),
            peak_memory,
        };
        Run { outcome, measured, log }
    }

    fn small_call<T>(
        &self,
        limits: Limits,
        call: impl FnOnce(&Bindings, &mut Store<State>) -> wasmtime::Result<Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let mut store = self.store(limits, Instant::now() + SMALL_CALL);
        let _running = self.sandbox.clock().run();
        let answer =
            self.pre.instantiate(&mut store).and_then(|bindings| call(&bindings, &mut store));
        answer.unwrap_or_else(|error| match classify(&error, store.data_mut()) {
            Stop::Failure(failure) => Err(failure),
            Stop::Time => Err(Failure::TimeExceeded { seconds: SMALL_CALL.as_secs_f64() }),
        })
    }

    fn store(&self, limits: Limits, deadline: Instant) -> Store<State> {
        let mut store = Store::new(self.sandbox.engine(), State::new(limits, deadline));
        store.limiter(|state| &mut state.memory);
        // Check the time at every tick instead of counting ticks: each is slightly late, and the
        // delays would add up.
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            let over = Instant::now() >= deadline;
            Ok(if over { UpdateDeadline::Interrupt } else { UpdateDeadline::Continue(1) })
        });
        let fuel = store.data().copy_limit();
        store.set_hostcall_fuel(fuel);
        store.set_max_component_handles(1024);
        store
    }

    fn call(
        &self,
        bindings: &Bindings,
        store: &mut Store<State>,
        transfer: Transfer,
        parameters: &str,
    ) -> wasmtime::Result<Result<(), Failure>> {
        let guest = bindings.obscura_transform_transformer();
        let specs = guest.call_plan(&mut *store, parameters)?.map_err(Failure::from);
        let plan = match specs.and_then(|specs| self.accept_plan(specs)) {
            Ok(plan) => plan,
            Err(failure) => return Ok(Err(failure)),
        };
        let state = store.data_mut();
        // Requests by a language's runtime at startup do not count as attempts.
        state.asked_for = None;
        state.transfer = Some(Transfer { outstanding: plan, ..transfer });
        let fuel = state.copy_limit();
        store.set_hostcall_fuel(fuel);
        let answer = guest.call_transform(store, Resource::new_borrow(0), parameters)?;
        Ok(answer.map_err(Failure::from))
    }

    /// Check the result of `plan`.
    fn accept_plan(
        &self,
        specs: impl IntoIterator<Item = impl Into<RenditionSpec>>,
    ) -> Result<Vec<RenditionSpec>, Failure> {
        let plan: Vec<RenditionSpec> = specs.into_iter().map(Into::into).collect();
        untrusted::check_plan(&plan)?;
        for spec in &plan {
            if let Some(bad) = spec.media_types.iter().find(|one| !self.allowed.allow(one)) {
                return Err(Failure::MediaTypeNotAllowed {
                    rendition: spec.name.clone(),
                    media_type: bad.clone(),
                });
            }
        }
        Ok(plan)
    }
}

/// A successful transform must have emitted everything that it planned.
fn complete(state: &State) -> Result<(), Failure> {
    let Some(transfer) = &state.transfer else { return Ok(()) };
    if transfer.emitted == 0 {
        return Err(Failure::NoRenditions { planned: transfer.outstanding.len() });
    }
    if transfer.outstanding.is_empty() {
        return Ok(());
    }
    let names = transfer.outstanding.iter().map(|spec| spec.name.as_str());
    Err(Failure::PlanMismatch(format!(
        "the transform planned {}, but did not emit it",
        untrusted::list(names, ", ")
    )))
}

/// An error that the transform reports after a denied request is attributed to the denial.
fn judge(failure: Failure, state: &State) -> Failure {
    match (failure, &state.asked_for) {
        (Failure::Internal(message), Some(capability)) => {
            Failure::CapabilityDenied { capability: capability.clone(), message }
        }
        (failure, _) => failure,
    }
}

enum Stop {
    Time,
    Failure(Failure),
}

/// Why the engine stopped an instance.
fn classify(error: &wasmtime::Error, state: &mut State) -> Stop {
    match state.stopped.take() {
        Some(Failure::Interrupted(Interruption::Deadline)) => return Stop::Time,
        Some(failure) => return Stop::Failure(failure),
        None => {}
    }
    if error.downcast_ref::<MemoryExceeded>().is_some() {
        return Stop::Failure(Failure::MemoryExceeded { limit: state.limits.max_memory_bytes });
    }
    if error.downcast_ref::<wasmtime::PoolConcurrencyLimitError>().is_some() {
        return Stop::Failure(Failure::Host(format!("{error:#}")));
    }
    // The engine has no type for it.
    let cause = error.root_cause().to_string();
    if state.transfer.is_some() && cause.starts_with("too much data is being copied") {
        return Stop::Failure(Failure::OutputExceeded { limit: state.limits.max_output_bytes });
    }
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::Interrupt) {
        return Stop::Time;
    }
    // Its last output is the message of a panic; without it, the root cause is the most
    // informative.
    let cause = trap.map_or(cause, ToString::to_string);
    let log = state.log_text();
    let message = if log.is_empty() { cause } else { format!("{cause}: {log}") };
    // Every panic reads the environment, for the backtrace setting.
    let denied = state.asked_for.take().filter(|name| name != "wasi:cli/environment");
    Stop::Failure(match denied {
        Some(capability) => Failure::CapabilityDenied { capability, message },
        None => Failure::Trapped(message),
    })
}
