//! wasmtime's configuration: the only place that knows it.

use std::sync::Arc;

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, ModuleVersionStrategy, PoolingAllocationConfig,
};

use super::clock::Clock;
use super::failure::Failure;

/// Names the compiler, its target and its flags. Artifacts are stored under it,
/// and an engine refuses those of another id: wasmtime itself compares no more
/// than its major version, so that a code-generation fix would not reach what
/// is already compiled. The last number stands for the settings in
/// [`config`] and counts up with them.
#[cfg(target_arch = "x86_64")]
pub const ENGINE_ID: &str = "wasmtime-48.0.8-x86_64-v3-3";
/// Names the compiler, its target and its flags.
#[cfg(target_arch = "aarch64")]
pub const ENGINE_ID: &str = "wasmtime-48.0.8-aarch64-2";

#[cfg(target_arch = "x86_64")]
const TARGET: &str = "x86_64-unknown-linux-gnu";
#[cfg(target_arch = "aarch64")]
const TARGET: &str = "aarch64-unknown-linux-gnu";

/// The most linear memory that any limit can allow.
pub const MAX_MEMORY_BYTES: u64 = 2 << 30;

/// How many components may run at the same time in one process.
const INSTANCES: u32 = 8;

/// Instances of core modules in one component: its own, the shims that tools add,
/// and the adapters between components that were composed into one. A component
/// that componentize-py 0.25 makes has 38.
pub(crate) const CORE_INSTANCES_PER_COMPONENT: u32 = 64;

/// Tables in one component.
pub(crate) const TABLES_PER_COMPONENT: u32 = 48;

/// Memories in one component. Each component that was composed into it has one,
/// and one that componentize-qjs 0.4 makes has two. A memory costs 4 GiB of
/// address space for each component that may run, and nothing else while it is
/// not used.
pub(crate) const MEMORIES_PER_COMPONENT: u32 = 4;

/// Pages that a memory keeps between two pictures, cleared. Page faults of a
/// fresh instance cost 3 to 11 ms without, 1 to 5 ms with.
const KEEP_RESIDENT_BYTES: usize = 32 << 20;

/// Runs components.
#[derive(Clone)]
pub struct Sandbox {
    engine: Engine,
    clock: Arc<Clock>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("engine", &ENGINE_ID).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// A sandbox for components that are already compiled.
    ///
    /// # Errors
    /// [`Failure::Host`], when this machine cannot run the engine, say for want
    /// of address space.
    pub fn new() -> Result<Self, Failure> {
        Self::with(config())
    }

    /// A sandbox in which components run on past any deadline, to measure what
    /// deadlines cost. What it compiles, no other sandbox loads.
    ///
    /// # Errors
    /// As those of [`new`](Self::new).
    #[cfg(feature = "measure")]
    pub fn without_deadlines() -> Result<Self, Failure> {
        Self::with(config().and_then(|mut config| {
            config.epoch_interruption(false);
            config
                .module_version(ModuleVersionStrategy::Custom(format!("{ENGINE_ID}-unbounded")))?;
            Ok(config)
        }))
    }

    fn with(config: wasmtime::Result<Config>) -> Result<Self, Failure> {
        let failed = |error: wasmtime::Error| Failure::Host(format!("{error:#}"));
        let engine = config.and_then(|config| Engine::new(&config)).map_err(failed)?;
        let clock = Clock::start(&engine).map_err(|error| Failure::Host(error.to_string()))?;
        Ok(Self { engine, clock: Arc::new(clock) })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Shared by whoever compiles and whoever runs.
fn config() -> wasmtime::Result<Config> {
    let mut config = Config::new();
    // A named target, so that the compiling machine's own features stay out.
    config.target(TARGET)?;
    config.module_version(ModuleVersionStrategy::Custom(ENGINE_ID.to_owned()))?;

    // What components may use.
    config.wasm_component_model(true);
    config.wasm_simd(true);
    config.wasm_relaxed_simd(true);
    // Renditions are compared byte for byte, on any machine.
    config.relaxed_simd_deterministic(true);
    config.wasm_memory64(false);
    // The adapter between two components copies from one memory to another.
    config.wasm_multi_memory(true);

    // How they are stopped.
    config.epoch_interruption(true);
    config.max_wasm_stack(1 << 20);
    config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16));

    // How they get memory. Reservation (4 GiB) and guard (32 MiB) stay at their
    // defaults: explicit bounds checks cost 43 to 51 %.
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES);
    pool.total_core_instances(INSTANCES * CORE_INSTANCES_PER_COMPONENT);
    pool.max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT);
    pool.max_component_instance_size(4 << 20);
    pool.total_memories(INSTANCES * MEMORIES_PER_COMPONENT);
    pool.max_memories_per_component(MEMORIES_PER_COMPONENT);
    // No more memories keep their pages than when each component has one.
    pool.max_unused_warm_slots(INSTANCES);
    pool.total_tables(INSTANCES * TABLES_PER_COMPONENT);
    pool.max_tables_per_component(TABLES_PER_COMPONENT);
    pool.table_elements(100_000);
    pool.max_memory_size(usize::try_from(MAX_MEMORY_BYTES)?);
    pool.linear_memory_keep_resident(KEEP_RESIDENT_BYTES);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config.memory_init_cow(true);

    #[cfg(feature = "compiler")]
    super::artifact::compiler_settings(&mut config);
    Ok(config)
}
