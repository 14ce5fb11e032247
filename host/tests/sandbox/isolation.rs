//! No data of one picture is visible to the next, and runs are deterministic.

use std::sync::Barrier;
use std::time::Instant;

use bytes::Bytes;
use obscura::sandbox::{Interruption, Job, Limits, SourceStream};

use crate::harness::{Guest, behave, job};

/// A sandbox runs this many at a time.
const AT_A_TIME: usize = 8;

#[test]
fn memory_is_clean_for_each_picture() {
    let guest = Guest::hostile();
    // Below and above the size that a memory keeps between two pictures, and often enough to reuse
    // each memory.
    for pages in [1, 256, 1500] {
        for _ in 0..3 * AT_A_TIME {
            let trial = guest.run(&behave("remember", pages, ""), Limits::default());
            assert_eq!(&trial.rendition().body[..], [0], "{pages} pages");
        }
    }
}

#[test]
fn memory_is_clean_after_a_failure() {
    let guest = Guest::hostile();
    for _ in 0..AT_A_TIME {
        let limits = Limits { max_memory_bytes: 64 << 20, ..Limits::default() };
        let trial = guest.run(&behave("allocate", 0, ""), limits);
        assert_eq!(trial.failure().code().as_str(), "memory-exceeded");
    }
    for _ in 0..AT_A_TIME {
        let trial = guest.run(&behave("remember", 900, ""), Limits::default());
        assert_eq!(&trial.rendition().body[..], [0]);
    }
}

#[test]
fn memory_is_clean_for_pictures_side_by_side() {
    let guest = Guest::hostile();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                for _ in 0..10 {
                    let trial = guest.run(&behave("remember", 300, ""), Limits::default());
                    assert_eq!(&trial.rendition().body[..], [0]);
                }
            });
        }
    });
}

#[test]
fn clocks_stand_still_and_chance_repeats_itself() {
    let take_time = || {
        let trial = Guest::hostile().run(&behave("take-time", 0, ""), Limits::default());
        String::from_utf8(trial.rendition().body.to_vec()).unwrap()
    };
    let first = take_time();
    assert!(first.starts_with("0ns Ok(0ns) "), "{first}");
    assert_eq!(take_time(), first);
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let guest = Guest::new("echo");
    let source = Bytes::from(b"\xff\xd8\xff and more".repeat(100_000));
    let first = guest.read(source.clone(), "");
    assert_eq!(first.rendition().body, source);
    assert_eq!(first.rendition().media_type, "image/jpeg");
    assert_eq!(guest.read(source, "").rendition().body, first.rendition().body);
}

/// Returns its bytes once all have reached this point.
struct Together<'a> {
    barrier: &'a Barrier,
    bytes: Bytes,
}

impl SourceStream for Together<'static> {
    fn next(&mut self, max: usize, deadline: Instant) -> Result<Bytes, Interruption> {
        if !self.bytes.is_empty() {
            self.barrier.wait();
        }
        self.bytes.next(max, deadline)
    }
}

#[test]
fn eight_pictures_at_a_time_do_not_mix() {
    static BARRIER: Barrier = Barrier::new(AT_A_TIME);
    let guest = Guest::new("echo");
    std::thread::scope(|scope| {
        for number in 0..AT_A_TIME {
            let guest = &guest;
            scope.spawn(move || {
                let bytes = Bytes::from(vec![u8::try_from(number).unwrap(); 10_000]);
                let stream = Together { barrier: &BARRIER, bytes: bytes.clone() };
                assert_eq!(guest.read(stream, "").rendition().body, bytes);
            });
        }
    });
}

#[test]
fn a_ninth_picture_is_refused_and_not_the_transforms_fault() {
    static BARRIER: Barrier = Barrier::new(AT_A_TIME + 1);
    let guest = Guest::new("echo");
    std::thread::scope(|scope| {
        let bytes = Bytes::from_static(b"one of the eight");
        for _ in 0..AT_A_TIME {
            let stream = Started { barrier: &BARRIER, rest: bytes.clone(), waits: 2 };
            let guest = &guest;
            scope.spawn(move || guest.read(stream, "").rendition().name.clone());
        }
        BARRIER.wait();
        // All eight are reading now.
        let ninth = guest.render(Job { ..job("") });
        BARRIER.wait();
        assert_eq!(ninth.failure().code().as_str(), "sandbox-failed");
    });
    guest.run("", Limits::default()).rendition();
}

/// Waits at the barrier before its first bytes, this many times.
struct Started<'a> {
    barrier: &'a Barrier,
    rest: Bytes,
    waits: usize,
}

impl SourceStream for Started<'static> {
    fn next(&mut self, max: usize, deadline: Instant) -> Result<Bytes, Interruption> {
        for _ in 0..std::mem::take(&mut self.waits) {
            self.barrier.wait();
        }
        self.rest.next(max, deadline)
    }
}

#[test]
fn a_loop_beside_it_does_not_stop_a_picture() {
    let (hostile, echo) = (Guest::hostile(), Guest::new("echo"));
    std::thread::scope(|scope| {
        let max_time = std::time::Duration::from_secs(1);
        let limits = Limits { max_time, ..Limits::default() };
        let hostile = &hostile;
        let looping = scope.spawn(move || hostile.run(&behave("spin", u64::MAX, ""), limits));
        while !looping.is_finished() {
            echo.run("", Limits::default()).rendition();
        }
        assert_eq!(looping.join().unwrap().failure().code().as_str(), "time-exceeded");
    });
}
