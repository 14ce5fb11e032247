//! Records of every kind: a parsed one can be written, and parsed again as the same.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use obscura::announce::Announcement;
use obscura::component::{Dependencies, Pointer, Release, Trial};
use obscura::event::Notification;
use obscura::outcomes::Shard;
use obscura::pipeline::{ErrorRecord, Manifest};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(text).ok()?;
    let written = serde_json::to_vec(&read).expect("a record is plain data");
    assert_eq!(serde_json::from_slice::<T>(&written).expect("what was written is read"), read);
    Some(read)
}

fuzz_target!(|text: &[u8]| {
    again::<Pointer>(text);
    again::<Release>(text);
    again::<Trial>(text);
    again::<Shard>(text);
    Dependencies::of([text]);
    let manifest = again::<Manifest>(text);
    if let Some(manifest) = &manifest {
        let _ = (manifest.error(), manifest.keys().count(), manifest.digests().count());
        assert!(manifest.renditions.iter().all(|one| one.step < manifest.steps.len().max(1)));
        let told = Announcement::of(manifest, &Notification::default(), "etag");
        assert!(!told.id.is_empty());
    }
    if let Ok(error) = serde_json::from_slice::<ErrorRecord>(text)
        && let Some(made) = error.into_manifest(manifest)
    {
        let written = serde_json::to_vec(&made).expect("a record is plain data");
        assert_eq!(serde_json::from_slice::<Manifest>(&written).expect("it is read"), made);
    }
});
