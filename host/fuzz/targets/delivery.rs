//! Any request to the deliver function for a picture with a record: it resolves to an entry of the
//! record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::fuzzing::meant;
use obscura_host_fuzz::{document, manifest};
use serde_json::Value;

fuzz_target!(|text: &str| {
    let Ok(payload) = serde_json::from_str::<Value>(text) else { return };
    match meant(&payload, "", document(), manifest()) {
        Ok(names) => {
            let known = |name: &String| {
                manifest().keys().any(|key| key == name)
                    || manifest().requested.iter().any(|one| one.name == *name)
                    || manifest()
                        .retired
                        .iter()
                        .flat_map(|one| &one.renditions)
                        .any(|one| one.key == *name)
            };
            assert!(names.iter().all(known), "{names:?}");
        }
        Err(status) => assert!((400..500).contains(&status), "{status}"),
    }
});
