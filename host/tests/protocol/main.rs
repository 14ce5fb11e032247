//! A model of the protocol of `pipeline/converge.rs`, `commit.rs` and `clear.rs`, explored in every
//! interleaving: two workers, an uploader who also deletes, a publisher, and a sweeper. Each step
//! is one request to the store.
//!
//! - `model`: the state, and every possible next step
//! - `worker`: a worker's processing of an event
//! - `explore`: exploring all reachable states

#![allow(clippy::unwrap_used, clippy::panic)]

mod explore;
mod model;
mod worker;

use explore::explore;
use model::{Mistake, Model};

/// The invariant of every final state.
fn holds(model: Model) -> usize {
    match explore(&model) {
        Ok(states) => states,
        Err(trace) => panic!("{model:?}\n{}", trace.join("\n")),
    }
}

fn finds(mistake: Mistake, versioned: bool) {
    let model = Model { versioned, mistake: Some(mistake) };
    assert!(explore(&model).is_err(), "nobody notices {mistake:?}");
}

#[test]
fn final_records_name_exactly_the_renditions_of_the_newest_source() {
    for versioned in [false, true] {
        let states = holds(Model { versioned, mistake: None });
        println!("versioned keys: {versioned}: {states} states");
    }
}

#[test]
fn each_part_of_the_protocol_is_needed() {
    finds(Mistake::NoLastLook, true);
    finds(Mistake::NoLastLook, false);
    finds(Mistake::NoCondition, true);
    finds(Mistake::NoCondition, false);
    finds(Mistake::NoLookAfterMarking, true);
    finds(Mistake::NoLookAtReused, true);
    finds(Mistake::NoLookAfterClearing, true);
    finds(Mistake::NoLookAfterClearing, false);
    finds(Mistake::SweepWhatIsYoung, true);
}
