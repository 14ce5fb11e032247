//! A cache of components' plans, which are pure functions of the parameters.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::spawn_blocking;

use crate::chain::Narrowing;
use crate::digest::Digest;
use crate::sandbox::{Failure, RenditionSpec, Transform};

/// The capacity.
const REMEMBERED: usize = 256;

/// The cached plans.
#[derive(Debug, Default)]
pub(super) struct Plans {
    plans: Mutex<HashMap<PlanName, Arc<[RenditionSpec]>>>,
    narrowings: Mutex<HashMap<Digest, Option<Narrowing>>>,
}

/// The component, and the digest of the parameters.
type PlanName = (Digest, Digest);

impl Plans {
    /// The planned renditions.
    pub(super) async fn get(
        &self,
        component: Digest,
        transform: &Transform,
        parameters: &str,
    ) -> Result<Arc<[RenditionSpec]>, Failure> {
        let name = (component, Digest::of(parameters.as_bytes()));
        if let Some(known) = recall(&self.plans, &name) {
            return Ok(known);
        }
        let (transform, text) = (transform.clone(), parameters.to_owned());
        let planned = spawn_blocking(move || transform.plan(&text)).await;
        let planned = planned.unwrap_or_else(|error| Err(Failure::Host(error.to_string())))?;
        let planned: Arc<[RenditionSpec]> = planned.into();
        remember(&self.plans, name, &planned);
        Ok(planned)
    }

    /// How to tell a component to make only some of its renditions.
    pub(super) async fn narrowing(
        &self,
        component: Digest,
        transform: &Transform,
    ) -> Result<Option<Narrowing>, Failure> {
        if let Some(known) = recall(&self.narrowings, &component) {
            return Ok(known);
        }
        let transform = transform.clone();
        let described = spawn_blocking(move || transform.describe()).await;
        let described = described.unwrap_or_else(|error| Err(Failure::Host(error.to_string())))?;
        let narrowing = Narrowing::of(&described);
        remember(&self.narrowings, component, &narrowing);
        Ok(narrowing)
    }
}

fn recall<K: Eq + Hash, V: Clone>(known: &Mutex<HashMap<K, V>>, name: &K) -> Option<V> {
    known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
}

fn remember<K: Eq + Hash, V: Clone>(known: &Mutex<HashMap<K, V>>, name: K, value: &V) {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(name, value.clone());
}
