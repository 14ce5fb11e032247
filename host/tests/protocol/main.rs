//! The protocol of `pipeline/converge.rs`, `commit.rs` and `clear.rs` as a model,
//! explored in every interleaving: two workers, whoever uploads and deletes, a
//! publisher, and a sweeper. Each step is one request to the store.
//!
//! - `model`: the state, and every step that can come next
//! - `worker`: what a worker does with an event
//! - `explore`: all states that can be reached

#![allow(clippy::unwrap_used, clippy::panic)]

mod explore;
mod model;
mod worker;

use explore::explore;
use model::{Mistake, Model};

/// What is asked of every state in which nothing is left to be done.
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
fn at_rest_the_record_names_exactly_what_is_there_of_the_newest_source() {
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
