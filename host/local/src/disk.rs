//! Private files and folders of this user. Small files are replaced atomically.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The suffix of a partial file; such files are removed at the next start.
pub(crate) const PARTIAL: &str = "partial";

/// Creates a folder and its parents, if missing.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Creates a folder if missing, and makes it private.
pub(crate) fn create_private_root(path: &Path) -> io::Result<()> {
    create_folder(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// How files are opened for writing.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// Creates a file that must not exist.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Replaces the content of `path` atomically.
///
/// No fsync: a rename is atomic for readers and for process crashes, and on a power failure, losing
/// the last second of test data is acceptable.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension(PARTIAL);
    options().create(true).truncate(true).open(&partial)?.write_all(bytes)?;
    fs::rename(&partial, path)
}

/// Replaces `path` with `value` as JSON, atomically.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write(path, &serde_json::to_vec(value)?)
}

/// Reads a file of [`write_json`].
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    serde_json::from_slice(&fs::read(path)?).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
    })
}

/// Removes a file; a missing one is ignored.
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
