//! A URL and an `Accept` header: the deliver function must interpret the output of local delivery
//! identically.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::fuzzing::{accepted, path};
use obscura_local::fuzzing::asked;

fuzz_target!(|input: (String, String)| {
    let (url, accept) = input;
    let _ = path(&url);
    let Some((key, forwarded, header)) = asked(&url, &[&accept]) else { return };
    assert!(!key.split('/').any(|part| matches!(part, "" | "." | "..")), "{key:?}");
    assert!(key.len() <= 1024 && !key.contains(char::is_control));
    assert_eq!(path(&forwarded).as_deref(), Some(key.as_str()));
    let again = asked(&forwarded, &[header]).expect("what is forwarded is understood");
    assert_eq!((&again.0, &again.1, again.2), (&key, &forwarded, header));
    // Support for AVIF is assumed to include WebP.
    let first = |header: &str| accepted(header).first().copied();
    assert_eq!(first(&accept), first(header), "{accept:?} became {header:?}");
});
