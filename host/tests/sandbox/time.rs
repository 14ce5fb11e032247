//! The time limit, and the remaining time of an event.

use std::time::{Duration, Instant};

use bytes::Bytes;
use obscura::sandbox::{Interruption, Job, Limits, SourceStream};

use crate::harness::{Guest, behave, job};

const SHORT: Duration = Duration::from_millis(200);
/// The tolerance for stopping a transform.
const LATE: Duration = Duration::from_millis(100);

fn spin() -> String {
    behave("spin", u64::MAX, "")
}

fn with_time(max_time: Duration) -> Limits {
    Limits { max_time, ..Limits::default() }
}

/// The shortest of several: a busy machine delays some of them.
fn shortest(mut walls: impl FnMut() -> Duration) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        best = best.min(walls());
        if best <= SHORT + LATE {
            break;
        }
    }
    best
}

#[test]
fn a_transform_is_stopped_in_time_and_not_before() {
    let guest = Guest::hostile();
    let wall = shortest(|| {
        let trial = guest.run(&spin(), with_time(SHORT));
        assert_eq!(trial.failure().code().as_str(), "time-exceeded");
        assert_eq!(trial.failure().to_string(), "the transform did not finish within 0.2 s");
        assert!(trial.run.measured.wall >= SHORT, "{:?}", trial.run.measured);
        trial.run.measured.wall
    });
    assert!(wall <= SHORT + LATE, "{wall:?}");
}

#[test]
fn ticks_that_come_late_do_not_add_up() {
    let guest = Guest::hostile();
    let long = Duration::from_secs(6);
    // A busy machine may be late once; an accumulating error is late every time.
    let late = || guest.run(&spin(), with_time(long)).run.measured.wall - long;
    assert!((0..5).any(|_| late() <= LATE));
}

#[test]
fn too_little_time_left_is_not_the_transforms_fault() {
    let guest = Guest::hostile();
    let wall = shortest(|| {
        let deadline = Some(Instant::now() + SHORT);
        let trial = guest.render(Job { deadline, ..job(&spin()) });
        assert_eq!(trial.failure().code().as_str(), "out-of-time");
        trial.run.measured.wall
    });
    assert!(wall <= SHORT + LATE, "{wall:?}");
}

#[test]
fn more_time_left_than_the_limit_allows_does_not_matter() {
    let guest = Guest::hostile();
    let deadline = Some(Instant::now() + Duration::from_secs(60));
    let trial = guest.render(Job { deadline, limits: with_time(SHORT), ..job(&spin()) });
    assert_eq!(trial.failure().code().as_str(), "time-exceeded");
}

#[test]
fn no_time_left_is_reported_immediately() {
    let guest = Guest::hostile();
    let deadline = Some(Instant::now() - Duration::from_millis(1));
    let wall = shortest(|| {
        let trial = guest.render(Job { deadline, ..job(&spin()) });
        assert_eq!(trial.failure().code().as_str(), "out-of-time");
        trial.run.measured.wall + SHORT
    });
    assert!(wall <= SHORT + LATE, "{wall:?}");
    guest.still_works();
}

#[test]
fn starting_counts() {
    let guest = Guest::new("start-loop");
    let trial = guest.run("null", with_time(SHORT));
    assert_eq!(trial.failure().code().as_str(), "time-exceeded");
    assert!(trial.run.measured.wall < 10 * SHORT);
    // The same for planning, without a picture.
    assert_eq!(guest.transform().plan("null").unwrap_err().code().as_str(), "time-exceeded");
}

/// A download that stalls forever.
struct Stalled;

impl SourceStream for Stalled {
    fn next(&mut self, _: usize, deadline: Instant) -> Result<Bytes, Interruption> {
        std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
        Err(Interruption::Deadline)
    }
}

#[test]
fn waiting_for_a_download_counts() {
    let guest = Guest::new("echo");
    let stalled = || Job { stream: Box::new(Stalled), limits: with_time(SHORT), ..job("") };
    assert_eq!(guest.render(stalled()).failure().code().as_str(), "time-exceeded");
    let deadline = Some(Instant::now() + SHORT / 2);
    assert_eq!(
        guest.render(Job { deadline, ..stalled() }).failure().code().as_str(),
        "out-of-time"
    );
    assert_eq!(&guest.run("", Limits::default()).rendition().body[..], b"picture");
}

#[test]
fn a_download_that_breaks_off_is_not_the_transforms_fault() {
    struct Broken;
    impl SourceStream for Broken {
        fn next(&mut self, _: usize, _: Instant) -> Result<Bytes, Interruption> {
            Err(Interruption::Broken("connection reset".into()))
        }
    }
    let trial = Guest::new("echo").read(Broken, "");
    assert_eq!(trial.failure().code().as_str(), "interrupted");
    assert_eq!(trial.failure().to_string(), "connection reset");
}
