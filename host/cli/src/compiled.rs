//! Cache of compiled components in the user's cache directory: compiling one takes seconds.
//!
//! The cache contains code that is run. So it is read only from a file that only the user can
//! access, in a folder that only the user can access, and only if its digest matches the one that
//! was written with it. Anyone who can write such a file could also change the user's programs.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use obscura::digest::Digest;
use obscura::sandbox::{Artifact, ENGINE_ID, Sandbox, Transform};

/// Permission bits that a private file or folder must not have.
const OTHERS: u32 = 0o077;
/// The maximum number of cached components; each has about 8 MB.
const KEPT: usize = 32;
/// Bytes of a digest in hexadecimal.
const DIGEST_BYTES: usize = 64;

/// The cache of this user; `None` if there is no cache directory.
pub(crate) fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
    let caches = given.filter(|path| path.is_absolute()).or_else(home)?;
    let folder = caches.join("obscura");
    // An existing folder is checked below.
    let _ = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    let metadata = std::fs::symlink_metadata(&folder).ok()?;
    (metadata.is_dir() && is_private(&metadata)).then_some(folder)
}

/// A cached component, ready to run.
pub(crate) fn read(folder: &Path, component: Digest, sandbox: &Sandbox) -> Option<Transform> {
    let file = OpenOptions::new().read(true).custom_flags(NO_FOLLOW).open(path(folder, component));
    let mut file = file.ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || !is_private(&metadata) {
        return None;
    }
    let mut digest = [0; DIGEST_BYTES];
    file.read_exact(&mut digest).ok()?;
    let digest = std::str::from_utf8(&digest).ok()?.parse().ok()?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
    file.read_to_end(&mut bytes).ok()?;
    let artifact = Artifact::verify(bytes.into(), digest).ok()?;
    Transform::load(sandbox, &artifact).ok()
}

/// Cache a compiled component. Failure is not an error: the next call compiles it again.
pub(crate) fn keep(folder: &Path, component: Digest, artifact: &Artifact) {
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(artifact.digest().to_string().as_bytes())?;
        file.write_all(artifact.bytes())?;
        file.persist(path(folder, component)).map(drop).map_err(|error| error.error)
    };
    if write().is_ok() {
        forget_the_oldest(folder);
    }
}

/// Do not follow links, which could lead to another user's file.
const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits() as i32;

fn path(folder: &Path, component: Digest) -> PathBuf {
    folder.join(format!("{component}-{ENGINE_ID}.cwasm"))
}

fn is_private(metadata: &std::fs::Metadata) -> bool {
    metadata.uid() == rustix::process::getuid().as_raw() && metadata.mode() & OTHERS == 0
}

fn forget_the_oldest(folder: &Path) {
    let Ok(files) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<_> = files
        .flatten()
        .filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())))
        .collect();
    files.sort();
    let over = files.len().saturating_sub(KEPT);
    for (_, path) in files.into_iter().take(over) {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_what_is_whole_and_the_users_alone_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::new().unwrap();
        let wasm = std::fs::read(crate::built::resize().unwrap()).unwrap();
        let digest = Digest::of(&wasm);
        let found = || read(folder.path(), digest, &sandbox).is_some();
        assert!(!found());
        keep(folder.path(), digest, &Artifact::compile(&sandbox, &wasm).unwrap());
        assert!(found());
        let file = path(folder.path(), digest);
        let mode = |mode| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o640);
        assert!(!found(), "others can read or write it");
        mode(0o600);
        assert!(found());
        let mut bytes = std::fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert!(!found(), "its digest is wrong");
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
        assert!(!found(), "it is a link");
    }
}
