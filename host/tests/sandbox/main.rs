//! The sandbox with misbehaving components: each ends with its own typed failure, in time, and the
//! next picture is rendered normally.
//!
//! - `harness`: running a fixture and checking the result
//! - `behaviour`: traps, loops, and missing capabilities
//! - `plan`: transforms that do not keep to their plan
//! - `memory`, `time`, `output`: the limits, exactly
//! - `composed`: components with several memories
//! - `pool`: the cost of the instance pool
//! - `isolation`: no data of one picture is visible to the next
//! - `measured`: the reported cost of a run
//! - `world`: allowed imports and required exports of a component
//! - `artifact`: compiling, storing and loading artifacts
#![cfg(feature = "compiler")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod artifact;
mod behaviour;
mod composed;
mod harness;
mod isolation;
mod measured;
mod memory;
mod output;
mod plan;
mod pool;
#[path = "../support/mod.rs"]
mod support;
mod time;
mod world;
