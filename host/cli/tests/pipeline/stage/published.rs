//! Components, compiled once for all tests.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use obscura::component::{Channel, Pointer, Pointers};
use obscura::gate::Prover;
use obscura::publish::Publisher;
use obscura::store::{Condition, Fetched, Put, Store};
use obscura_local::Local;
use tokio::sync::Mutex;

use super::programs::component;
use super::running::{COMPONENTS, store};

/// A published component: all of its objects, the pointer last.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) pointer: Pointer,
    objects: Vec<(String, Bytes)>,
}

/// The first time, publish a guest package over HTTP into a separate bucket.
async fn published(package: &'static str) -> Arc<Published> {
    static KNOWN: OnceLock<Mutex<HashMap<&'static str, Arc<Published>>>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().await;
    if let Some(published) = known.get(package) {
        return Arc::clone(published);
    }
    let folder = tempfile::tempdir().unwrap();
    let local = Local::builder(folder.path()).port(0).bucket(COMPONENTS).start().await.unwrap();
    let store = store(&local).await;
    let prover = Prover::new(env!("CARGO_BIN_EXE_obscura"));
    let publisher = Publisher::new(store.clone(), COMPONENTS, prover);
    let wasm = tokio::task::spawn_blocking(|| component(package)).await.unwrap();
    let done = publisher.publish(wasm.into(), Channel::Stable, "a test").await.unwrap();
    let mut keys = store.list(COMPONENTS, "").await.unwrap();
    keys.sort_by_key(|key| key.contains("/channels/"));
    let mut objects = Vec::new();
    for key in keys {
        let Fetched::Object(object) = store.get(COMPONENTS, &key, None).await.unwrap() else {
            panic!("{key} is gone");
        };
        objects.push((key, object.body.collect(1 << 30).await.unwrap()));
    }
    local.shutdown().await;
    let published = Arc::new(Published { pointer: done.pointer, objects });
    known.insert(package, Arc::clone(&published));
    published
}

/// Make a guest package the canary, from now on.
pub(crate) async fn try_out(store: &Store, package: &'static str) -> Pointer {
    let published = published(package).await;
    for (key, body) in published.objects.iter().filter(|(key, _)| !key.contains("/channels/")) {
        let put = Put { body: body.clone(), content_type: "x/y", ..Put::default() };
        store.put(COMPONENTS, key, put, Condition::Always).await.unwrap();
    }
    let pointer = Pointer {
        activated_at: obscura::clock::now_text(),
        previous: None,
        ..published.pointer.clone()
    };
    let pointers = Pointers::new(store.clone(), COMPONENTS);
    let name = &pointer.release.transform;
    let current = pointers.read(name, Channel::Canary).await.unwrap();
    assert!(pointers.replace(Channel::Canary, &current, &pointer).await.unwrap());
    pointer
}

/// Publish a guest package: copy the objects that the publisher wrote, in the same order.
pub(crate) async fn publish(store: &Store, package: &'static str) -> Arc<Published> {
    let published = published(package).await;
    for (key, body) in &published.objects {
        let put = Put { body: body.clone(), content_type: "x/y", ..Put::default() };
        store.put(COMPONENTS, key, put, Condition::Always).await.unwrap();
    }
    published
}
