//! One server for a folder.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::disk;
use crate::error::Error;

/// Held while the folder is served. The operating system releases it with the process, however
/// that ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
}

impl Drop for FolderLock {
    /// A child that is being started at this moment has the file open, too, and would keep it
    /// locked for as long.
    fn drop(&mut self) {
        // Where it cannot be unlocked, closing it does that.
        let _ = self.file.unlock();
    }
}

impl FolderLock {
    pub(crate) fn take(root: &Path) -> Result<Self, Error> {
        let unusable = |source| Error::Folder { root: root.to_owned(), source };
        let store = root.join(".store");
        disk::create_folder(&store).map_err(unusable)?;
        let mut file = disk::options()
            .read(true)
            .create(true)
            .truncate(false)
            .open(store.join("lock"))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                return Err(Error::InUse { root: root.to_owned(), pid: pid.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let write = |mut file: &File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write(&file).map_err(unusable)?;
        Ok(Self { file })
    }
}
