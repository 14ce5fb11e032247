//! The configuration of wasmtime, all in this file.

use std::sync::Arc;

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, ModuleVersionStrategy, PoolingAllocationConfig,
};

use super::clock::Clock;
use super::failure::Failure;

/// Names the compiler, its target and its flags. Artifacts are stored under it, and an engine
/// refuses those with another id: wasmtime itself compares only its major version, so a
/// code-generation fix would not apply to existing artifacts. The last number is the version of the
/// settings in [`config`], and must be incremented with them.
#[cfg(target_arch = "x86_64")]
pub const ENGINE_ID: &str = "wasmtime-48.0.8-x86_64-v3-3";
/// Names the compiler, its target and its flags.
#[cfg(target_arch = "aarch64")]
pub const ENGINE_ID: &str = "wasmtime-48.0.8-aarch64-2";

#[cfg(target_arch = "x86_64")]
const TARGET: &str = "x86_64-unknown-linux-gnu";
#[cfg(target_arch = "aarch64")]
const TARGET: &str = "aarch64-unknown-linux-gnu";

/// The maximum linear memory that a limit can allow.
pub const MAX_MEMORY_BYTES: u64 = 2 << 30;

/// The maximum number of concurrent components in a process.
const INSTANCES: u32 = 8;

/// Instances of core modules in one component: its own, the shims that tools add, and the adapters
/// between components that were composed into one. A component made by componentize-py 0.25 has 38.
pub(crate) const CORE_INSTANCES_PER_COMPONENT: u32 = 64;

/// Tables in one component.
pub(crate) const TABLES_PER_COMPONENT: u32 = 48;

/// Memories in one component. Each nested component has one, and one made by componentize-qjs 0.4
/// has two. A memory costs 4 GiB of address space for each concurrent component, and nothing else
/// while it is unused.
pub(crate) const MEMORIES_PER_COMPONENT: u32 = 4;

/// Pages that a memory keeps, zeroed, between two pictures. Page faults of a fresh instance cost 3
/// to 11 ms without, 1 to 5 ms with.
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
    /// A sandbox for compiled components.
    ///
    /// # Errors
    /// [`Failure::Host`], if this machine cannot run the engine, for example for lack of address
    /// space.
    pub fn new() -> Result<Self, Failure> {
        Self::with(config())
    }

    /// A sandbox without deadlines, to measure their cost. No other sandbox loads its artifacts.
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

/// Settings shared by compilation and execution.
fn config() -> wasmtime::Result<Config> {
    let mut config = Config::new();
    // An explicit target, independent of the compiling machine's features.
    config.target(TARGET)?;
    config.module_version(ModuleVersionStrategy::Custom(ENGINE_ID.to_owned()))?;

    // WebAssembly features.
    config.wasm_component_model(true);
    config.wasm_simd(true);
    config.wasm_relaxed_simd(true);
    // Renditions must be byte-identical on any machine.
    config.relaxed_simd_deterministic(true);
    config.wasm_memory64(false);
    // Adapters between components copy between memories.
    config.wasm_multi_memory(true);

    // Interruption.
    config.epoch_interruption(true);
    config.max_wasm_stack(1 << 20);
    config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16));

    // Memory. Reservation (4 GiB) and guard (32 MiB) stay at their defaults: explicit bounds checks
    // cost 43 to 51 %.
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES);
    pool.total_core_instances(INSTANCES * CORE_INSTANCES_PER_COMPONENT);
    pool.max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT);
    pool.max_component_instance_size(4 << 20);
    pool.total_memories(INSTANCES * MEMORIES_PER_COMPONENT);
    pool.max_memories_per_component(MEMORIES_PER_COMPONENT);
    // As many memories keep their pages as if each component had one.
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
