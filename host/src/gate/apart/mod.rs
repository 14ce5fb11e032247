//! Runs the gate in a child process, with limits on time and memory.
//!
//! A component can keep the compiler busy for hours, or use up all memory. So it is proved in a
//! child: the same program with an additional argument, an empty environment, no files, no network
//! and no other processes. The parent limits its time and memory.
//!
//! - `prover`: the parent
//! - `child`: the child
//! - `confinement`: the rights that the child gives up
//! - `wire`: the protocol of the pipes

mod child;
mod confinement;
mod prover;
mod wire;

pub use child::child;
pub use confinement::{Confinement, protect};
pub use prover::{Bounds, ProveError, Proved, Prover};

/// The argument that makes a program the child: `<program> prove`.
pub const ARGUMENT: &str = "prove";
