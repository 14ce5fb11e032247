//! The output limit, to the byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use obscura::sandbox::{Interruption, Job, Limits, Rendition, RenditionSink, Run};

use crate::harness::{Guest, behave, job};

const PART: u64 = 16 << 20;

/// Counts bytes and keeps none.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl RenditionSink for Counter {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.0.fetch_add(rendition.body.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Emit this many parts; what was let through.
fn emit(guest: &Guest, parts: u64, max_output_bytes: u64) -> (Run, u64) {
    let counter = Counter::default();
    let run = guest.transform().render(Job {
        sink: Box::new(counter.clone()),
        limits: Limits { max_output_bytes, ..Limits::default() },
        ..job(&behave("emit-parts", parts, ""))
    });
    (run, counter.0.load(Ordering::Relaxed))
}

#[test]
fn a_gibibyte_is_stopped_at_the_limit() {
    let guest = Guest::hostile();
    let limit = Limits::default().max_output_bytes;
    let (run, passed) = emit(&guest, 64, limit);
    let failure = run.outcome.unwrap_err();
    assert_eq!(failure.code().as_str(), "output-exceeded");
    assert_eq!(failure.to_string(), format!("the transform emitted more than {limit} bytes"));
    assert_eq!(passed, limit);
    guest.still_works();
}

#[test]
fn a_gibibyte_is_let_through_where_it_is_allowed() {
    let (run, passed) = emit(&Guest::hostile(), 64, 1 << 30);
    assert!(run.outcome.is_ok(), "{run:?}");
    assert_eq!(passed, 1 << 30);
    // One part at a time: the guest's memory does not grow with the output.
    assert!(run.measured.peak_memory < 3 * PART, "{}", run.measured.peak_memory);
}

#[test]
fn the_limit_is_exact_to_a_byte() {
    let guest = Guest::hostile();
    assert!(emit(&guest, 2, 2 * PART).0.outcome.is_ok());
    let (run, passed) = emit(&guest, 2, 2 * PART - 1);
    assert_eq!(run.outcome.unwrap_err().code().as_str(), "output-exceeded");
    assert_eq!(passed, PART);
}

#[test]
fn dimensions_are_passed_on_as_they_are_said() {
    // Whoever stores them compares them with the file.
    let trial = Guest::hostile().run(&behave("lie", 0, ""), Limits::default());
    let rendition = trial.rendition();
    assert_eq!((rendition.width, rendition.height), (u32::MAX, u32::MAX));
}

#[test]
fn a_sink_that_breaks_off_is_not_the_transforms_fault() {
    struct Broken;
    impl RenditionSink for Broken {
        fn accept(&mut self, _: Rendition, _: Instant) -> Result<(), Interruption> {
            Err(Interruption::Broken("the store is gone".into()))
        }
    }
    let guest = Guest::hostile();
    let well = behave("well", 0, "");
    let run = guest.transform().render(Job { sink: Box::new(Broken), ..job(&well) });
    let failure = run.outcome.unwrap_err();
    assert_eq!(
        (failure.code().as_str(), failure.to_string().as_str()),
        ("interrupted", "the store is gone")
    );
    guest.still_works();
}
