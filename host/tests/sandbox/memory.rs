//! The memory limit, to the page.

use obscura::sandbox::{Limits, MAX_MEMORY_BYTES};

use crate::harness::{Guest, behave};

const PAGE: u64 = 64 * 1024;

fn with_memory(max_memory_bytes: u64) -> Limits {
    Limits { max_memory_bytes, ..Limits::default() }
}

#[test]
fn the_limit_is_exact_to_a_page() {
    let guest = Guest::hostile();
    let parameters = behave("grow", 100, "");
    let peak = guest.run(&parameters, Limits::default()).run.measured.peak_memory;
    guest.run(&parameters, with_memory(peak)).rendition();
    let trial = guest.run(&parameters, with_memory(peak - 1));
    assert_eq!(trial.failure().code().as_str(), "memory-exceeded");
    assert!(trial.run.measured.peak_memory < peak);
}

#[test]
fn the_peak_counts_every_page() {
    let guest = Guest::hostile();
    let peak = |pages| {
        let trial = guest.run(&behave("grow", pages, ""), Limits::default());
        trial.rendition();
        trial.run.measured.peak_memory
    };
    assert_eq!(peak(500) - peak(100), 400 * PAGE);
}

#[test]
fn the_peak_never_passes_the_limit() {
    let guest = Guest::hostile();
    for mebibytes in [8, 64, 300] {
        let limit = mebibytes << 20;
        let trial = guest.run(&behave("allocate", 0, ""), with_memory(limit));
        assert_eq!(trial.failure().code().as_str(), "memory-exceeded");
        let peak = trial.run.measured.peak_memory;
        assert!((limit / 2..=limit).contains(&peak), "{peak} of {limit}");
        guest.still_works();
    }
}

#[test]
fn declared_memory_counts_from_the_start() {
    let guest = Guest::new("huge-memory");
    let trial = guest.run("null", Limits::default());
    assert_eq!(trial.failure().code().as_str(), "memory-exceeded");
    assert_eq!(trial.run.measured.peak_memory, 0);
    let trial = guest.run("null", with_memory(MAX_MEMORY_BYTES));
    trial.rendition();
    assert!(trial.run.measured.peak_memory >= 1 << 30);
}

#[test]
fn less_memory_than_the_module_starts_with_is_an_ordinary_failure() {
    let trial = Guest::hostile().run(&behave("well", 0, ""), with_memory(PAGE));
    assert_eq!(trial.failure().code().as_str(), "memory-exceeded");
}

#[test]
fn a_guest_cannot_make_the_host_copy_without_end() {
    let guest = Guest::hostile();
    // A thousand attributes of two mebibytes each, in one mebibyte of the guest: the host stops at
    // the output limit.
    let trial = guest.run(&behave("alias", 1000, ""), with_memory(64 << 20));
    assert_eq!(trial.failure().code().as_str(), "output-exceeded", "{}", trial.failure());
    assert!(trial.run.measured.peak_memory < 8 << 20);
    guest.still_works();
}
