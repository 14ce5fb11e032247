//! Candidates that run invisibly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::canary::{counts, pointer};
use crate::stage::pictures::jpeg;
use crate::stage::{Setup, Stage};
use obscura::component::{Channel, Trial};

/// `echo` is stable, `echo-faulty` is its canary, and renders every picture as a shadow. The
/// function's timeout is this many seconds.
async fn stage(seconds: u64) -> (Stage, Trial) {
    let route = json!({
        "name": "all", "transform": "echo", "shadow": { "share": 1.0 },
        "limits": { "max_seconds": 30.0, "max_memory_mib": 64 },
    });
    let mut setup = Setup::new(&["fixture-echo"], route);
    setup.function.timeout = Duration::from_secs(seconds);
    let stage = setup.start().await;
    let candidate = stage.canary("fixture-echo-faulty").await;
    let active = stage.publish("fixture-echo").await;
    let since = pointer(&stage, Channel::Canary).await.activated_at;
    let transform = "echo".parse().unwrap();
    (stage, Trial { transform, candidate, active, since })
}

#[tokio::test]
async fn a_candidate_is_compared_and_leaves_nothing_behind() {
    let (stage, trial) = stage(60).await;
    stage.upload("a.jpg", jpeg("one")).await;
    stage.upload("b.jpg", jpeg("two")).await;
    let compared = counts(&stage, &trial).await.shadow;
    assert_eq!((compared.pictures, compared.identical), (2, 0));
    assert_eq!((compared.stored_bytes, compared.bytes), (12, 14));
    assert_eq!(compared.slowdown.count, 2);
    assert!(compared.peak_memory_bytes > 0 && compared.stored_peak_memory_bytes > 0);
    assert_eq!(compared.examples[0].key, "a.jpg");
    assert_eq!(compared.examples[0].what, "original: 6 → 7 bytes");
    assert_eq!(stage.keys().await.len(), 4);
    for key in ["a.jpg", "b.jpg"] {
        let manifest = stage.manifest(key).await;
        assert_eq!(manifest["steps"][0]["transform"]["digest"], trial.active.to_string());
        assert_eq!(manifest["steps"][0]["canary"], Value::Null);
    }
}

#[tokio::test]
async fn a_candidate_that_traps_loops_or_allocates_without_end_fails_no_event() {
    let (stage, trial) = stage(6).await;
    let started = Instant::now();
    stage.upload("trap.jpg", jpeg("please trap")).await;
    stage.upload("allocate.jpg", jpeg("please allocate")).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    let started = Instant::now();
    stage.upload("loop.jpg", jpeg("please loop")).await;
    let took = started.elapsed();
    // It only gets the remaining time.
    assert!((Duration::from_secs(2)..Duration::from_secs(60)).contains(&took), "{took:?}");
    let compared = counts(&stage, &trial).await.shadow;
    assert_eq!(compared.failures["transform-trapped"], 1);
    assert_eq!(compared.failures["memory-exceeded"], 1);
    assert_eq!(compared.pictures, 2);
    stage.upload("well.jpg", jpeg("well")).await;
    let compared = counts(&stage, &trial).await.shadow;
    assert_eq!((compared.pictures, compared.out_of_time), (3, 1));
    for key in ["trap.jpg", "allocate.jpg", "loop.jpg", "well.jpg"] {
        assert_eq!(stage.outcomes(key), ["rendered"], "{key} was delivered once");
        assert_eq!(stage.error_code(key).await, None);
    }
    assert_eq!(stage.dead_letters(), 0);
    assert_eq!(stage.started().len(), 1, "the process lives");
}
