//! The gate in a child process, within bounds of time and memory.
//!
//! A component can be made to keep the compiler busy for hours, or to take all
//! memory there is. So it is proved in a child: the same program, with one more
//! argument, an empty environment, no files, no network, no other processes, and
//! a parent that looks at the clock and at the child's memory.
//!
//! - `prover`: the parent's side
//! - `child`: the child's side
//! - `confinement`: what the child gives up
//! - `wire`: what goes through the pipes

mod child;
mod confinement;
mod prover;
mod wire;

pub use child::child;
pub use confinement::{Confinement, protect};
pub use prover::{Bounds, ProveError, Proved, Prover};

/// The argument that makes a program the child: `<program> prove`.
pub const ARGUMENT: &str = "prove";
