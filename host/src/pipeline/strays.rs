//! What may be left over in the destination.

use std::time::Duration;

use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;

use super::Pipeline;
use super::manifest::Manifest;
use crate::component::Active;
use crate::document::{Document, Route};
use crate::error::{Code, Error, Fault};
use crate::key::{Destination, SourceKey};
use crate::sandbox::RenditionSpec;

/// A plan takes less than a millisecond. One that takes much longer will not
/// succeed, and the time of the event is not there to wait for it.
const PLAN_TIME: Duration = Duration::from_secs(1);

impl Pipeline {
    /// Whether the renditions that a manifest names are there as it names them,
    /// and none of the other possible ones: an event may have ended in the
    /// middle.
    pub(super) async fn is_whole(
        &self,
        manifest: &Manifest,
        mut possible: Vec<String>,
    ) -> Result<bool, Error> {
        possible.extend(manifest.renditions.iter().map(|one| one.key.clone()));
        possible.sort();
        possible.dedup();
        let mut looks = JoinSet::new();
        for key in possible {
            let named = manifest.renditions.iter().find(|one| one.key == key);
            let named = named.map(|rendition| rendition.etag.clone());
            let (store, bucket) = (self.store.clone(), self.config.destination_bucket.clone());
            looks.spawn(async move {
                let found = store.head(&bucket, &key).await?;
                Ok::<_, Error>(found.map(|head| head.etag) == named)
            });
        }
        while let Some(look) = looks.join_next().await {
            if !look.map_err(|error| Fault::new(Code::Internal, error.to_string()))?? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every key that the plan could write for this source.
    pub(super) async fn possible_keys(
        &self,
        destination: &Destination,
        route: &Route,
        active: &Active,
    ) -> Vec<String> {
        let (transform, parameters) = (active.transform.clone(), route.parameters_text());
        let plan = timeout(PLAN_TIME, spawn_blocking(move || transform.plan(&parameters))).await;
        // A transform that cannot plan has written nothing.
        let plan = plan.ok().and_then(Result::ok).and_then(Result::ok);
        let plan: Vec<RenditionSpec> = plan.unwrap_or_default();
        let key =
            |name: &str, kind: &String| destination.rendition(&route.key_template, name, kind);
        plan.iter()
            .flat_map(|spec| spec.media_types.iter().filter_map(|kind| key(&spec.name, kind)))
            .collect()
    }

    /// Every key that any of the routes that are open to a source could write.
    pub(super) async fn keys_of_routes(
        &self,
        key: &SourceKey,
        destination: &Destination,
        document: &Document,
    ) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        for route in document.routes.iter().filter(|route| route.matches_key(key)) {
            match self.registry.release(route).await {
                Ok(release) => {
                    let active = self.registry.load(release).await?;
                    keys.extend(self.possible_keys(destination, route, &active).await);
                }
                // What was never published has written nothing.
                Err(Error::Fault(fault)) if fault.code == Code::ComponentMissing => {}
                Err(error) => return Err(error),
            }
            // A canary may have been at it, too. One that cannot be loaded has
            // written nothing.
            let Ok(choice) = self.registry.choose(route, key, None).await else { continue };
            if !choice.is_canary() {
                continue;
            }
            if let Ok(canary) = self.registry.load(choice.release).await {
                keys.extend(self.possible_keys(destination, route, &canary).await);
            }
        }
        Ok(keys)
    }
}
