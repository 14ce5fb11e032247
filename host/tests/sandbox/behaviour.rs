//! Traps, loops, and missing capabilities.

use obscura::sandbox::{Failure, Limits};

use crate::harness::{Guest, behave};

#[test]
fn a_loop_is_stopped() {
    let failure = Guest::hostile().ends_in("time-exceeded", &behave("spin", u64::MAX, ""));
    assert_eq!(failure.to_string(), "the transform did not finish within 2.0 s");
}

#[test]
fn allocating_without_end_is_stopped() {
    let failure = Guest::hostile().ends_in("memory-exceeded", &behave("allocate", 0, ""));
    assert_eq!(failure.to_string(), "the transform needed more than 536870912 bytes of memory");
}

#[test]
fn a_panic_tells_its_message() {
    let failure = Guest::hostile().ends_in("transform-trapped", &behave("trap", 0, ""));
    assert!(failure.to_string().contains("a panic of the fixture"), "{failure}");
}

#[test]
fn unreachable_code_is_a_trap() {
    let failure = Guest::hostile().ends_in("transform-trapped", &behave("unreachable", 0, ""));
    assert!(failure.to_string().contains("unreachable"), "{failure}");
}

#[test]
fn a_stack_overflow_is_a_trap() {
    let failure = Guest::hostile().ends_in("transform-trapped", &behave("overflow", 0, ""));
    // The wasm stack, or Rust's own in linear memory, whichever is smaller.
    let text = failure.to_string();
    assert!(text.contains("call stack exhausted") || text.contains("out of bounds"), "{text}");
}

#[test]
fn exiting_is_no_way_to_return() {
    let guest = Guest::hostile();
    for (status, word) in [(0, "success"), (1, "failure")] {
        let failure = guest.ends_in("transform-trapped", &behave("exit", status, ""));
        assert!(failure.to_string().contains(&format!("exit ({word})")), "{failure}");
    }
}

#[test]
fn an_hour_of_sleep_passes_at_once() {
    let guest = Guest::hostile();
    let trial = guest.run(&behave("sleep", 3600, ""), Limits::default());
    trial.rendition();
    assert!(trial.run.measured.wall.as_secs() < 2, "{:?}", trial.run.measured);
}

#[test]
fn there_are_no_files() {
    let guest = Guest::hostile();
    for path in ["/etc/passwd", "relative", "/proc/self/environ", "../../secret"] {
        let failure = guest.ends_in("capability-denied", &behave("open-file", 0, path));
        let Failure::CapabilityDenied { capability, message } = &failure else { panic!() };
        assert!(capability.starts_with("wasi:filesystem/"), "{capability}");
        assert!(message.contains(path), "{message}");
    }
}

#[test]
fn a_panic_over_a_missing_file_is_put_down_to_the_file() {
    let parameters = behave("open-file-or-trap", 0, "/etc/passwd");
    let failure = Guest::hostile().ends_in("capability-denied", &parameters);
    assert!(failure.to_string().contains("wasi:filesystem/"), "{failure}");
}

#[test]
fn there_is_no_environment() {
    let guest = Guest::hostile();
    // This process does have such a variable.
    assert!(std::env::var_os("PATH").is_some());
    let failure = guest.ends_in("capability-denied", &behave("read-environment", 0, "PATH"));
    assert!(failure.to_string().contains("wasi:cli/environment"), "{failure}");
}

#[test]
fn a_plain_panic_is_not_put_down_to_the_environment() {
    // It also reads the environment, to check whether a backtrace is wanted.
    let failure = Guest::hostile().ends_in("transform-trapped", &behave("trap", 0, ""));
    assert!(!failure.to_string().contains("wasi:"), "{failure}");
}

#[test]
fn standard_error_is_logged_and_limited() {
    let guest = Guest::hostile();
    let trial = guest.run(&behave("chatter", 3, ""), Limits::default());
    trial.rendition();
    assert_eq!(trial.run.log, "line 00000000\nline 00000001\nline 00000002");

    let trial = guest.run(&behave("chatter", 200_000, ""), Limits::default());
    trial.rendition();
    assert!(trial.run.log.starts_with("line 00000000"));
    assert!((8_000..=8 * 1024).contains(&trial.run.log.len()), "{}", trial.run.log.len());
}

#[test]
fn standard_output_is_also_logged() {
    let guest = Guest::hostile();
    let trial = guest.run(&behave("print", 2, "said\u{1b}[2J"), Limits::default());
    trial.rendition();
    assert_eq!(trial.run.log, "said [2J\nsaid [2J");
}

#[test]
fn more_than_was_promised_cannot_be_written_at_once() {
    let guest = Guest::hostile();
    for behaviour in ["write-at-once", "write-at-once-and-flush"] {
        let trial = guest.run(&behave(behaviour, 64 << 10, ""), Limits::default());
        trial.rendition();
        assert_eq!(trial.run.log.len(), 8 << 10);
        let failure = guest.ends_in("transform-trapped", &behave(behaviour, 1 << 20, ""));
        assert!(failure.to_string().contains("where `check-write` allows 65536"), "{failure}");
    }
}

#[test]
fn a_source_is_handed_over_in_bounded_pieces() {
    let guest = Guest::hostile();
    let source = bytes::Bytes::from(vec![7; 3 << 20]);
    let trial = guest.read(source, &behave("read-once", u64::from(u32::MAX), ""));
    assert_eq!(trial.rendition().body.len(), 1 << 20);
}

#[test]
fn each_error_of_the_contract_has_its_own_code() {
    let guest = Guest::hostile();
    let codes = ["unsupported-format", "malformed", "limit-exceeded", "invalid-parameters"];
    for code in codes {
        let failure = guest.ends_in(code, &behave("fail", 0, code));
        assert_eq!(failure.to_string(), "says the fixture");
    }
    let failure = guest.ends_in("transform-internal", &behave("fail", 0, "internal"));
    assert_eq!(failure.to_string(), "the transform failed: says the fixture");
}

#[test]
fn a_message_is_cut_to_what_a_person_reads() {
    let failure = Guest::hostile().ends_in("transform-internal", &behave("fail", 0, "long"));
    assert_eq!(failure.to_string().chars().filter(|c| *c == 'ä').count(), 2000);
}

#[test]
fn a_source_stays_at_its_end() {
    let guest = Guest::hostile();
    let trial = guest.run(&behave("read-past-the-end", 100, ""), Limits::default());
    let rendition = trial.rendition();
    assert_eq!(&rendition.body[..], b"picture");
    assert_eq!(rendition.attributes, [("more".to_owned(), "0".to_owned())]);
}
