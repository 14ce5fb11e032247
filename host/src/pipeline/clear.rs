//! Removes all objects of a key.

use futures_util::stream::{self, StreamExt as _};

use super::Pipeline;
use super::failed_canary::FailedCanary;
use super::manifest::Manifest;
use super::plan::Picture;
use super::upload::{SOURCE_MARK, source_mark};
use super::work::Work;
use crate::document::{Document, Route};
use crate::error::{Code, Error};
use crate::store::Fetched;

/// Objects that are checked in parallel.
const CONCURRENCY: usize = 16;

/// The keys that should have an object.
#[derive(Clone, Copy)]
pub(super) enum Expected<'a> {
    All,
    /// Those that a record names.
    Named(Option<&'a Manifest>),
}

impl Expected<'_> {
    fn has(self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(manifest) => {
                manifest.is_some_and(|manifest| manifest.keys().any(|named| named == key))
            }
        }
    }
}

impl Pipeline {
    /// Remove all objects of the key: those that the record names, those that its routes could
    /// write, and those in its folder.
    pub(super) async fn clear(
        &self,
        work: &mut Work,
        document: &Document,
        manifest: Option<&Manifest>,
    ) -> Result<(), Error> {
        let mut stale = std::mem::take(&mut work.strays);
        let planned = self.keys_of_routes(work, document).await?;
        let found = self.keys_in_folder(work, document).await?;
        stale.extend(manifest.into_iter().flat_map(Manifest::keys).map(str::to_owned));
        stale.extend(planned);
        stale.sort();
        stale.dedup();
        let mut stale = self.own(work, stale, Expected::Named(manifest), false).await?;
        stale.extend(found);
        self.delete(stale).await?;
        // The records are last: until then, they name the remaining objects.
        self.delete(vec![work.destination.error(), work.destination.manifest()]).await
    }

    pub(super) async fn delete(&self, mut keys: Vec<String>) -> Result<(), Error> {
        keys.sort();
        keys.dedup();
        Ok(self.store.delete(&self.config.destination_bucket, &keys).await?)
    }

    /// The existing objects of this picture among these keys: they carry its mark or, unless
    /// `marked` is set, none, like objects of earlier versions. A HEAD does not prove that an object
    /// of `expected` is missing.
    pub(super) async fn own(
        &self,
        work: &Work,
        keys: Vec<String>,
        expected: Expected<'_>,
        marked: bool,
    ) -> Result<Vec<String>, Error> {
        let mark = &source_mark(work.key.as_str());
        let bucket = &self.config.destination_bucket;
        let mut looks = stream::iter(keys)
            .map(|key| async move {
                let mut head = self.store.head(bucket, &key).await?;
                if head.is_none() && expected.has(&key) {
                    head = match self.store.get(bucket, &key, None).await? {
                        Fetched::Object(object) => Some(object.head),
                        Fetched::Missing | Fetched::NotModified => None,
                    };
                }
                let own = head.is_some_and(|head| match head.metadata.get(SOURCE_MARK) {
                    Some(found) => found == mark,
                    None => !marked,
                });
                Ok::<_, Error>(own.then_some(key))
            })
            .buffer_unordered(CONCURRENCY);
        let mut own = Vec::new();
        while let Some(look) = looks.next().await {
            own.extend(look?);
        }
        Ok(own)
    }

    /// Every key that a matching route could write, except for routes with versioned keys.
    async fn keys_of_routes(&self, work: &Work, document: &Document) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        for route in &document.routes {
            if route.matches_key(&work.key) && !route.key_template.is_versioned() {
                keys.extend(self.keys_of_route(work, route).await?);
            }
        }
        Ok(keys)
    }

    async fn keys_of_route(&self, work: &Work, route: &Route) -> Result<Vec<String>, Error> {
        let metadata = std::collections::HashMap::new();
        let picture = Picture { etag: "", size: 1, refusal: None, metadata: &metadata };
        let mut planned = Vec::new();
        // A canary may have written, too. One that cannot be loaded has written nothing.
        let mut scratch = Work::new(work.key.clone(), work.destination.clone());
        match self.plan(&mut scratch, route, &picture).await {
            Ok(plan) => {
                for run in &plan.runs {
                    if let Some(trial) =
                        run.choice.trial.as_ref().filter(|_| run.choice.is_canary())
                    {
                        let failed = FailedCanary::set_aside(trial.candidate);
                        scratch.failed.insert(run.step.name().to_owned(), failed);
                    }
                }
                planned.extend(plan.keys(&work.destination, route));
                if !scratch.failed.is_empty() {
                    let stable = self.plan(&mut scratch, route, &picture).await?;
                    planned.extend(stable.keys(&work.destination, route));
                }
            }
            // A component that was never published has written nothing.
            Err(Error::Fault(fault)) if fault.code == Code::ComponentMissing => {}
            Err(error) => return Err(error),
        }
        Ok(planned)
    }

    /// Objects in the key's folder that carry its mark: a crashed worker may have left them, under
    /// keys that cannot be computed.
    async fn keys_in_folder(&self, work: &Work, document: &Document) -> Result<Vec<String>, Error> {
        let versioned =
            |route: &Route| route.matches_key(&work.key) && route.key_template.is_versioned();
        if !document.routes.iter().any(versioned) {
            return Ok(Vec::new());
        }
        let bucket = &self.config.destination_bucket;
        let listed = self.store.list_page(bucket, &work.destination.folder()).await?;
        let records = [work.destination.manifest(), work.destination.error()];
        let keys = listed
            .into_iter()
            .map(|object| object.key)
            .filter(|key| !records.contains(key))
            .collect();
        self.own(work, keys, Expected::All, true).await
    }
}
