//! The progress of a backfill, in a file, so that an interrupted one can be resumed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// The position in the sequence of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Mark {
    /// In a listing: the last processed key.
    Key(String),
    /// In an inventory: the number of processed keys.
    Number(u64),
}

/// A job, from before its creation until its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    /// Requests with the same token create only one job.
    pub(super) token: String,
    /// The key of its manifest.
    pub(super) manifest: String,
    /// The manifest's ETag.
    pub(super) etag: String,
    /// The position of its last picture.
    pub(super) mark: Mark,
    /// How many pictures it has.
    pub(super) count: u64,
    /// Its id, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<String>,
}

/// The content of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    #[serde(default)]
    mark: Option<Mark>,
    #[serde(default)]
    done: u64,
    /// Why pictures failed, by their keys.
    #[serde(default)]
    failed: BTreeMap<String, String>,
    #[serde(default)]
    running: Option<Running>,
}

/// The position.
#[derive(Debug)]
pub(super) struct Progress {
    path: PathBuf,
    kept: Kept,
}

impl Progress {
    /// Read the file; there is none at first.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let kept = match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| {
                format!("{name} is not the state of a backfill; name another --state")
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
        };
        Ok(Self { path: path.to_owned(), kept })
    }

    pub(super) fn mark(&self) -> Option<&Mark> {
        self.kept.mark.as_ref()
    }

    pub(super) fn done(&self) -> u64 {
        self.kept.done
    }

    pub(super) fn failed(&self) -> &BTreeMap<String, String> {
        &self.kept.failed
    }

    pub(super) fn running(&self) -> Option<&Running> {
        self.kept.running.as_ref()
    }

    /// Save the job before it is created.
    pub(super) fn begin(&mut self, running: Running) -> anyhow::Result<()> {
        self.kept.running = Some(running);
        self.write()
    }

    /// Record this many more as done, with these failures.
    pub(super) fn end(
        &mut self,
        mark: Mark,
        done: u64,
        failed: BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        self.kept.mark = Some(mark);
        self.kept.done += done;
        self.kept.running = None;
        self.kept.failed.extend(failed);
        self.write()
    }

    /// The job did not complete: its pictures are still to be rendered.
    pub(super) fn forget(&mut self) -> anyhow::Result<()> {
        self.kept.running = None;
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        let said = || format!("cannot write {}", self.path.display());
        let beside = self.path.with_extension("part");
        std::fs::write(&beside, serde_json::to_vec_pretty(&self.kept)?).with_context(said)?;
        std::fs::rename(&beside, &self.path).with_context(said)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::{Mark, Progress, Running};

    #[test]
    fn it_goes_on_from_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut progress = Progress::read(&path).unwrap();
        assert_eq!((progress.mark(), progress.done()), (None, 0));
        let running = Running {
            token: "t".to_owned(),
            manifest: "m".to_owned(),
            etag: "e".to_owned(),
            mark: Mark::Number(7),
            count: 7,
            job: None,
        };
        progress.begin(running.clone()).unwrap();
        assert_eq!(Progress::read(&path).unwrap().running(), Some(&running));
        let failed = BTreeMap::from([("k".to_owned(), "why".to_owned())]);
        progress.end(Mark::Key("k".to_owned()), 7, failed.clone()).unwrap();
        let again = Progress::read(&path).unwrap();
        assert_eq!(again.mark(), Some(&Mark::Key("k".to_owned())));
        assert_eq!((again.done(), again.failed(), again.running()), (7, &failed, None));
    }

    #[test]
    fn what_earlier_versions_kept_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let text = r#"{"mark": 100, "done": 100, "failed": {}, "running": {"token": "t",
            "manifest": "m", "etag": "e", "mark": 200, "count": 100, "job": "j"}}"#;
        std::fs::write(&path, text).unwrap();
        let progress = Progress::read(&path).unwrap();
        assert_eq!(progress.mark(), Some(&Mark::Number(100)));
        assert_eq!(progress.running().unwrap().job.as_deref(), Some("j"));
        std::fs::write(&path, "{").unwrap();
        assert!(Progress::read(&path).unwrap_err().to_string().contains("--state"));
    }
}
