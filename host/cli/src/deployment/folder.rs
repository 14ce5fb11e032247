//! The directory of `obscura serve`.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use obscura::store::Store;
use obscura_local::Profile;

/// Where `obscura serve` puts it.
const NAME: &str = ".obscura";

/// The pipeline that `obscura serve` runs.
#[derive(Debug, clap::Args)]
pub(crate) struct Folder {
    /// The directory of `obscura serve`, which holds the server's address and
    /// credentials. Default: `.obscura` here, or in the nearest directory above
    #[arg(long, value_name = "DIR", conflicts_with = "bucket")]
    pub(super) dir: Option<PathBuf>,
}

impl Folder {
    /// Its S3.
    pub(crate) async fn store(&self) -> anyhow::Result<Store> {
        let Profile { endpoint, region, credentials } = self.profile()?;
        let (id, secret) = (&credentials.access_key_id, &credentials.secret_access_key);
        Ok(Store::at(&endpoint, &region, id, secret).await)
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        let nearest = || std::env::current_dir().ok().and_then(|here| nearest(&here));
        self.dir.clone().or_else(nearest).unwrap_or_else(|| PathBuf::from(NAME))
    }

    /// How to reach it.
    pub(super) fn profile(&self) -> anyhow::Result<Profile> {
        let dir = self.path();
        let place = dir.display();
        Profile::read(&dir).map_err(|error| match error.kind() {
            ErrorKind::NotFound => anyhow!(
                "nothing was served from {place} yet; start `obscura serve`, or name its directory \
                 with --dir, or a bucket in AWS with --bucket"
            ),
            _ => anyhow!("{place} cannot be read: {error}"),
        })
    }
}

/// The first directory that was served, here or above. One of another user's is ignored: it could
/// name that user's server.
fn nearest(here: &Path) -> Option<PathBuf> {
    let owner = |path: &Path| path.metadata().map(|metadata| metadata.uid());
    let own = owner(here).ok()?;
    here.ancestors()
        .map(|above| above.join(NAME))
        .find(|dir| owner(dir).is_ok_and(|owner| owner == own) && Profile::read(dir).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn serve(dir: &Path) {
        let files = dir.join(NAME).join(".aws");
        std::fs::create_dir_all(&files).unwrap();
        let keys = "aws_access_key_id = local\naws_secret_access_key = 00\n";
        std::fs::write(files.join("credentials"), keys).unwrap();
        let config = "region = us-east-1\nendpoint_url = http://127.0.0.1:9555\n";
        std::fs::write(files.join("config"), config).unwrap();
    }

    #[test]
    fn the_nearest_served_directory_is_found_from_below() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("site/transform");
        std::fs::create_dir_all(inner.join(NAME)).unwrap();
        assert_eq!(nearest(&inner), None, "one that was never served does not count");
        serve(root.path());
        assert_eq!(nearest(&inner), Some(root.path().join(NAME)));
        serve(&root.path().join("site"));
        assert_eq!(nearest(&inner), Some(root.path().join("site").join(NAME)));
    }

    #[test]
    fn a_directory_that_was_never_served_is_said_to_be_so() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder { dir: Some(root.path().to_owned()) };
        let message = format!("{:#}", folder.profile().unwrap_err());
        assert!(message.contains("start `obscura serve`"), "{message}");
        assert!(!message.contains("os error"), "{message}");
    }
}
