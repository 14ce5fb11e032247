//! A URL and an `Accept`: what delivery on this machine makes of them, the deliver function must read as the same.
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
    // One that takes AVIF is taken to take WebP.
    let first = |header: &str| accepted(header).first().copied();
    assert_eq!(first(&accept), first(header), "{accept:?} became {header:?}");
});
