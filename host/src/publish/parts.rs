//! The components of a document's steps.

use crate::component::{Channel, Pointers, Release};
use crate::digest::Digest;
use crate::document::{Document, Step};
use crate::error::Fault;
use crate::gate::Finding;
use crate::sandbox::Artifact;
use crate::store::Store;

use super::release::Releases;

/// The components of a document's steps.
#[derive(Default)]
pub(super) struct Parts {
    /// Compiled, each once.
    pub(super) components: Vec<Artifact>,
    /// For each step, in order, the index of its component.
    pub(super) uses: Vec<Option<usize>>,
    /// Missing components.
    pub(super) missing: Vec<Finding>,
}

impl Parts {
    /// Load the published components from this bucket.
    pub(super) async fn of(
        document: &Document,
        store: &Store,
        bucket: &str,
    ) -> Result<Self, Fault> {
        let pointers = Pointers::new(store.clone(), bucket);
        let releases = Releases::new(store.clone(), bucket);
        let (mut parts, mut known) = (Self::default(), Vec::<Digest>::new());
        for (index, route) in document.routes.iter().enumerate() {
            for (at, step) in route.steps.iter().enumerate() {
                let place = format!("routes[{index}].steps[{at}]");
                let mut used = None;
                match published(&pointers, step).await? {
                    None => parts.missing.push(unpublished(&place, step)),
                    Some(release) => {
                        used = known.iter().position(|digest| *digest == release.digest);
                        if used.is_none() {
                            match releases.artifact(&release).await? {
                                Some(artifact) => {
                                    used = Some(known.len());
                                    known.push(release.digest);
                                    parts.components.push(artifact);
                                }
                                None => parts.missing.push(not_compiled(&place, step)),
                            }
                        }
                    }
                }
                parts.uses.push(used);
                let candidate = step.shadow.as_ref().and_then(|shadow| shadow.digest);
                if let Some(digest) = candidate
                    && pointers.release(&step.transform, digest).await?.is_none()
                {
                    let what = format!("no component of `{}` has this digest", step.transform);
                    let path = format!("{place}.shadow.digest");
                    parts.missing.push(Finding::new(path, what, "Publish it first."));
                }
            }
        }
        Ok(parts)
    }
}

async fn published(pointers: &Pointers, step: &Step) -> Result<Option<Release>, Fault> {
    Ok(match step.digest {
        Some(digest) => pointers.release(&step.transform, digest).await?,
        // The canary falls back to it.
        None => {
            let pointer = pointers.read(&step.transform, Channel::Stable).await?.value;
            pointer.map(|pointer| pointer.release)
        }
    })
}

fn unpublished(place: &str, step: &Step) -> Finding {
    let name = &step.transform;
    let remedy = format!("Publish it first: upload it to incoming/{name}/.");
    match step.digest {
        Some(_) => {
            let what = format!("no component of `{name}` has this digest");
            Finding::new(format!("{place}.digest"), what, remedy)
        }
        None => {
            let what = format!("the transform `{name}` is not published");
            Finding::new(format!("{place}.transform"), what, remedy)
        }
    }
}

fn not_compiled(place: &str, step: &Step) -> Finding {
    let what = format!("`{}` is not compiled for this host", step.transform);
    Finding::new(format!("{place}.transform"), what, "Publish it again, or precompile it.")
}
