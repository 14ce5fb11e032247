//! Ensures one server per folder.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::disk;
use crate::error::Error;

/// Held while the folder is served. The operating system releases it when the process ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
}

impl Drop for FolderLock {
    /// A child process that is being started also has the file open, and would keep the lock.
    fn drop(&mut self) {
        // If unlocking fails, closing it releases the lock.
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
