//! Any parameters of the transforms: a plan is valid, or there is none.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use obscura_sdk::{Error, Transform};
use placeholder::Placeholder;
use resize::Resize;
use watermark::Watermark;

fuzz_target!(|text: &str| {
    plan::<Resize>(text);
    plan::<Placeholder>(text);
    plan::<Watermark>(text);
});

fn plan<T: Transform>(text: &str) {
    let Ok(parameters) = serde_json::from_str::<T::Parameters>(text) else { return };
    match T::plan(&parameters) {
        Ok(plan) => {
            let mut names = HashSet::new();
            for rendition in &plan {
                let known =
                    |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
                assert!((1..=64).contains(&rendition.name.len()), "{:?}", rendition.name);
                assert!(rendition.name.chars().all(known), "{:?}", rendition.name);
                assert!(names.insert(&rendition.name), "{:?} twice", rendition.name);
                assert!(!rendition.media_types.is_empty());
                let image = |kind: &String| {
                    kind.starts_with("image/")
                        || kind.starts_with("text/")
                        || kind == "application/json"
                };
                assert!(rendition.media_types.iter().all(image), "{:?}", rendition.media_types);
            }
            // Parsed parameters can be written and parsed again.
            let written = serde_json::to_string(&parameters).expect("parameters are plain data");
            let read: T::Parameters =
                serde_json::from_str(&written).expect("what was written is read");
            assert_eq!(T::plan(&read).ok(), Some(plan));
        }
        Err(Error::InvalidParameters(why)) => assert!(!why.is_empty()),
        Err(other) => panic!("{other:?}"),
    }
}
