//! The cost of the instance pool: a line of figures, for comparing two versions of this program.

use std::time::Instant;

use obscura::sandbox::{Sandbox, Transform};

use crate::harness::artifact;

/// A line of `/proc/self/status`, in MiB.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() >> 10
}

#[test]
#[ignore = "prints figures: run it alone, in release, with --nocapture"]
fn cost_of_the_pool() {
    let artifact = artifact("echo");
    let (virtual_before, resident_before) = (status("VmSize:"), status("VmRSS:"));
    let started = Instant::now();
    let sandbox = Sandbox::new().unwrap();
    let mapping = started.elapsed();
    let (virtual_after, resident_after) = (status("VmSize:"), status("VmRSS:"));
    let transform = Transform::load(&sandbox, &artifact).unwrap();
    let mut times: Vec<_> = (0..2_000)
        .map(|_| {
            let started = Instant::now();
            transform.start().unwrap();
            started.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "sandbox: {mapping:.1?}, {} GiB virtual, {} MiB resident; instance: median {:.1?}, p99 \
         {:.1?}; resident at the end: {} MiB",
        (virtual_after - virtual_before) >> 10,
        resident_after - resident_before,
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        status("VmRSS:"),
    );
}
