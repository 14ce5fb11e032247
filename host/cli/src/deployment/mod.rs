//! Selects a pipeline: one in AWS, or that of `obscura serve`.
//!
//! - [`folder`]: the directory of `obscura serve`
//! - [`outputs`]: the outputs of a deployment in AWS

mod folder;
mod outputs;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use obscura::component::TransformName;
use obscura::document::{Document, Watch};
use obscura::release::{Catalogue, Change, Changes, Destination};
use obscura::store::Store;
use obscura_local::Profile;
use serde_json::Value;

use crate::functions::Functions;
use crate::stack::{COMPONENTS, DESTINATION, FUNCTION};
use crate::style;

pub(crate) use folder::Folder;
pub(crate) use outputs::Outputs;

/// Where components are published.
#[derive(Debug, clap::Args)]
pub(crate) struct Deployment {
    /// The components bucket in AWS, with the credentials, region and endpoint
    /// of the environment. Default: the bucket of `obscura serve`
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,

    /// A deployment in AWS: the folder of its Terraform configuration, or a file that `terraform
    /// output -json` wrote. It has the names of the buckets and functions
    #[arg(long, value_name = "PATH", conflicts_with_all = ["bucket", "dir"])]
    deployment: Option<PathBuf>,

    #[command(flatten)]
    folder: Folder,
}

/// A deployment in AWS, and no other pipeline.
#[cfg(feature = "operate")]
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// The deployment: the folder of its Terraform configuration, or a file
    /// that `terraform output -json` wrote
    #[arg(long, value_name = "PATH", env = "OBSCURA_DEPLOYMENT")]
    deployment: PathBuf,
}

#[cfg(feature = "operate")]
impl Named {
    /// Its outputs.
    pub(crate) fn outputs(&self) -> anyhow::Result<Outputs> {
        Ok(Outputs::read(&self.deployment)?)
    }
}

/// Where renditions are.
#[derive(Debug, clap::Args)]
pub(crate) struct DestinationFlags {
    /// The destination bucket; needed with --bucket
    #[arg(long, value_name = "BUCKET")]
    destination: Option<String>,

    /// The prefix of the renditions' keys
    #[arg(long, value_name = "PREFIX", default_value = "")]
    destination_prefix: String,
}

/// The user of the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct User {
    /// Who does this, for the record
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    pub(crate) by: String,
}

/// The user who changes the active component.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Author {
    #[command(flatten)]
    pub(crate) user: User,

    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,

    /// The publish function of the deployment, which makes the change, so that you need no
    /// permission to write pointers. Default: that of --deployment
    #[arg(long, value_name = "NAME", requires = "bucket")]
    pub(crate) function: Option<String>,
}

impl Author {
    /// The publish function that makes the change, if one does.
    pub(crate) fn function<'a>(&'a self, opened: &'a Opened) -> Option<&'a str> {
        let named = || opened.outputs.as_ref()?.publish_function_name.as_deref();
        self.function.as_deref().or_else(named)
    }

    /// Make the change through the publish function.
    pub(crate) async fn ask(&self, function: &str, mut command: Value) -> anyhow::Result<Change> {
        command["by"] = self.user.by.as_str().into();
        command["reason"] = self.reason.as_str().into();
        let answer = Functions::from_environment().await?.invoke(function, &command).await?;
        serde_json::from_value(answer).context("the function's answer cannot be parsed")
    }
}

/// A deployment that can be reached.
pub(crate) struct Opened {
    pub(crate) store: Store,
    /// The components bucket.
    pub(crate) bucket: String,
    /// The outputs of the named deployment.
    pub(crate) outputs: Option<Outputs>,
    /// How to reach `obscura serve`, if this is its pipeline.
    local: Option<Profile>,
    /// The directory of `obscura serve`, if this is its pipeline.
    pub(crate) directory: Option<PathBuf>,
}

impl Deployment {
    /// Reach it.
    pub(crate) async fn open(&self) -> anyhow::Result<Opened> {
        let outputs = self.outputs()?;
        let named = outputs.as_ref().map(|outputs| outputs.components_bucket_name.clone());
        Ok(match self.bucket.clone().or(named) {
            Some(bucket) => {
                let store = Store::from_environment().await;
                Opened { store, bucket, outputs, local: None, directory: None }
            }
            None => Opened {
                store: self.folder.store().await?,
                bucket: COMPONENTS.to_owned(),
                outputs,
                local: Some(self.folder.profile()?),
                directory: Some(self.folder.path()),
            },
        })
    }

    fn outputs(&self) -> anyhow::Result<Option<Outputs>> {
        Ok(self.deployment.as_deref().map(Outputs::read).transpose()?)
    }

    /// The flags that name it, each after a space, for the commands in hints.
    pub(crate) fn flags(&self) -> String {
        let path = self.deployment.as_deref().map(|path| path.to_string_lossy());
        let bucket = self.bucket.as_deref().map(Into::into);
        let dir = self.folder.dir.as_deref().map(|dir| dir.to_string_lossy());
        let flags = [("deployment", path), ("bucket", bucket), ("dir", dir)];
        let given = flags.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.map(|(name, value)| format!(" --{name} {}", style::plain(&value))).collect()
    }

    /// Whether it is the pipeline of `obscura serve`.
    pub(crate) fn is_local(&self) -> bool {
        self.bucket.is_none() && self.deployment.is_none()
    }
}

impl Opened {
    /// Moves pointers on behalf of this person.
    pub(crate) fn changes(&self, author: &Author) -> Changes {
        Changes::new(self.store.clone(), &self.bucket, &author.user.by).because(&author.reason)
    }

    /// The active pipeline document.
    pub(crate) async fn document(&self) -> anyhow::Result<Arc<Document>> {
        Ok(Watch::new(self.store.clone(), &self.bucket).of_proved(true).current().await?)
    }

    /// The destination.
    pub(crate) fn destination(&self, flags: &DestinationFlags) -> anyhow::Result<Destination> {
        let bucket = match &flags.destination {
            Some(bucket) => bucket,
            None if self.local.is_some() => DESTINATION,
            None => match &self.outputs {
                Some(outputs) => &outputs.destination_bucket_name,
                None => bail!("name the destination bucket with --destination"),
            },
        };
        let prefix = match (&self.outputs, flags.destination_prefix.as_str()) {
            (Some(outputs), "") => outputs.destination_prefix.as_str(),
            (_, given) => given,
        };
        Ok(Destination::new(self.store.clone(), bucket, prefix))
    }

    /// The source bucket, if it is known.
    pub(crate) fn source(&self) -> Option<String> {
        let local = || self.local.is_some().then(|| crate::stack::SOURCE.to_owned());
        self.outputs.as_ref().map(|outputs| outputs.source_bucket_name.clone()).or_else(local)
    }

    /// The transform function and how to invoke it, if it is known; `named` is what a flag said.
    pub(crate) async fn transform_function(
        &self,
        named: Option<&str>,
    ) -> anyhow::Result<Option<(Functions, String)>> {
        if let Some(profile) = &self.local {
            return Ok(Some((Functions::local(profile.clone()), FUNCTION.to_owned())));
        }
        let known = || Some(self.outputs.as_ref()?.transform_function_name.as_str());
        match named.or_else(known) {
            Some(name) => Ok(Some((Functions::from_environment().await?, name.to_owned()))),
            None => Ok(None),
        }
    }

    /// The named transform, or the only one if none was named.
    pub(crate) async fn transform(
        &self,
        named: Option<&TransformName>,
    ) -> anyhow::Result<TransformName> {
        if let Some(transform) = named {
            return Ok(transform.clone());
        }
        let catalogue = Catalogue::read(&self.store, &self.bucket).await?;
        let all: BTreeSet<&TransformName> =
            catalogue.entries.iter().map(|entry| &entry.transform).collect();
        let mut names = all.iter();
        match (names.next(), names.next()) {
            (Some(only), None) => Ok((*only).clone()),
            (None, _) => bail!("nothing is published in s3://{}", self.bucket),
            _ => {
                let names: Vec<&str> = all.iter().map(|name| name.as_str()).collect();
                bail!("name the transform, one of {}", names.join(", "))
            }
        }
    }
}
