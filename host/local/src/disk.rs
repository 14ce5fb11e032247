//! Small JSON files that are either the old or the new one, never half of either.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Ends the name of a file that is still being written; such files are dropped at the next start.
pub(crate) const PARTIAL: &str = "partial";

/// Replaces `path` by `value` in one step.
///
/// No fsync: a rename is atomic for every reader and for a crash of the process, and a laptop that
/// loses power may lose the last second of what people try out on it.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let partial = path.with_extension(PARTIAL);
    fs::write(&partial, serde_json::to_vec(value)?)?;
    fs::rename(&partial, path)
}

/// Reads what [`write_json`] wrote.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    serde_json::from_slice(&fs::read(path)?).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
    })
}

/// Removes a file; one that is not there is as good as removed.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The JSON files of a folder in the order of their names, after removing partial ones.
pub(crate) fn json_files(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => files.push(path),
            Some(PARTIAL) => remove(&path)?,
            _ => {}
        }
    }
    files.sort();
    Ok(files)
}
