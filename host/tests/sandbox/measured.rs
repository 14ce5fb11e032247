//! The reported cost of a run.

use std::time::{Duration, Instant};

use bytes::Bytes;
use obscura::sandbox::{Interruption, Limits, SourceStream};

use crate::harness::{Guest, behave};

#[test]
fn processor_time_grows_with_the_work() {
    let guest = Guest::hostile();
    let cpu = |turns| {
        let trial = guest.run(&behave("spin", turns, ""), Limits::default());
        trial.rendition();
        assert!(trial.run.measured.cpu <= trial.run.measured.wall + Duration::from_millis(1));
        trial.run.measured.cpu
    };
    let (little, much) = (cpu(1 << 20), cpu(1 << 28));
    assert!(!little.is_zero());
    assert!(much > 10 * little, "{little:?} {much:?}");
}

#[test]
fn waiting_is_no_processor_time() {
    struct Slow(Bytes);
    impl SourceStream for Slow {
        fn next(&mut self, max: usize, deadline: Instant) -> Result<Bytes, Interruption> {
            std::thread::sleep(Duration::from_millis(150));
            self.0.next(max, deadline)
        }
    }
    // Once for the bytes, once for the end.
    let trial = Guest::new("echo").read(Slow(Bytes::from_static(b"picture")), "");
    trial.rendition();
    assert!(trial.run.measured.wall >= Duration::from_millis(300));
    assert!(trial.run.measured.cpu < Duration::from_millis(150), "{:?}", trial.run.measured);
}

#[test]
fn a_failed_run_has_its_price_too() {
    let limits = Limits { max_time: Duration::from_millis(300), ..Limits::default() };
    let trial = Guest::hostile().run(&behave("spin", u64::MAX, ""), limits);
    assert_eq!(trial.failure().code().as_str(), "time-exceeded");
    assert!(trial.run.measured.cpu > Duration::from_millis(20), "{:?}", trial.run.measured);
    assert!(trial.run.measured.peak_memory > 0);
}
