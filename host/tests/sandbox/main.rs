//! The sandbox against components that misbehave: each ends in its own typed
//! failure, in time, and the next picture is rendered as if nothing had been.
//!
//! - `harness`: run a fixture and look at what became of it
//! - `behaviour`: traps, loops, and what is not granted
//! - `plan`: transforms that do not keep to their plan
//! - `memory`, `time`, `output`: the limits, exactly
//! - `composed`: components of several memories
//! - `pool`: what the pool of instances costs
//! - `isolation`: nothing of one picture is seen by the next
//! - `measured`: what a run says that it cost
//! - `world`: what a component may import and must export
//! - `artifact`: what is compiled, stored and loaded
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
