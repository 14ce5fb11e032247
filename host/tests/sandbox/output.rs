//! The output limit, to the byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use obscura::sandbox::{Interruption, Job, Limits, Rendition, RenditionSink, Run};

use crate::harness::{Guest, behave, job};

const PART: u64 = 16 << 20;

/// Counts bytes and discards them.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl RenditionSink for Counter {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.0.fetch_add(rendition.body.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Emit this many parts. Returns the accepted bytes.
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

/// The peak memory of this process, in MiB.
fn peak_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() >> 10
}

#[test]
#[ignore = "measures the whole process: run it alone"]
fn output_above_the_limit_is_not_copied() {
    let guest = Guest::hostile();
    guest.still_works();
    let before = peak_mib();
    // One rendition of 400 MiB, with a limit of 16: the guest holds it, the host does not.
    let limits = Limits { max_output_bytes: PART, ..Limits::default() };
    let trial = guest.run(&behave("emit-large", 400, ""), limits);
    assert_eq!(trial.failure().code().as_str(), "output-exceeded");
    let grown = peak_mib() - before;
    println!("the process grew by {grown} MiB, of which 400 are the guest's");
    assert!(grown < 450, "{grown} MiB");
}

#[test]
fn one_rendition_larger_than_all_that_is_left_is_stopped() {
    let guest = Guest::hostile();
    let limits = Limits { max_output_bytes: PART, ..Limits::default() };
    let trial = guest.run(&behave("emit-large", 40, ""), limits);
    assert_eq!(trial.failure().code().as_str(), "output-exceeded");
    assert_eq!(trial.failure().to_string(), "the transform emitted more than 16777216 bytes");
}

#[test]
fn a_picture_that_is_markup_is_not_emitted() {
    let guest = Guest::hostile();
    for active in [
        "<script>alert(1)</script>",
        " \n<!DOCTYPE html>",
        "<?xml version=\"1.0\"?><svg/>",
        "<svg onload=\"alert(1)\"/>",
    ] {
        for behaviour in ["emit-text", "emit-text-as-png"] {
            let failure = guest.ends_in("media-type-wrong", &behave(behaviour, 0, active));
            assert!(failure.to_string().ends_with("but its bytes are HTML or XML"), "{failure}");
        }
    }
    let failure = guest.ends_in("media-type-wrong", &behave("emit-text-as-png", 0, "GIF89a"));
    assert_eq!(
        failure.to_string(),
        "`result` is announced as image/png, but its bytes are image/gif"
    );
    guest.run(&behave("emit-text", 0, "1 < 2"), Limits::default()).rendition();
}

#[test]
fn dimensions_are_passed_on_as_they_are_said() {
    // The store compares them with the file.
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
