//! Monotonic numbers, independent of clock changes and restarts.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{clock, disk};

/// How far the number on disk is ahead, in nanoseconds: at most one write every ten seconds.
const STRIDE: u64 = 10_000_000_000;

/// Generates the `sequencer` of each change.
pub(crate) struct Sequencer {
    path: PathBuf,
    last: u64,
    /// The number on disk: no larger one has been used.
    reserved: u64,
}

#[derive(Serialize, Deserialize)]
struct SequencerFile {
    reserved: u64,
}

impl Sequencer {
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let reserved =
            if path.exists() { disk::read_json::<SequencerFile>(&path)?.reserved } else { 0 };
        Ok(Self { path, last: reserved, reserved })
    }

    /// The time in nanoseconds if possible, and always more than the previous number.
    pub(crate) fn next(&mut self) -> io::Result<u64> {
        let next = clock::now_ns().max(self.last + 1);
        if next > self.reserved {
            let reserved = next + STRIDE;
            disk::write_json(&self.path, &SequencerFile { reserved })?;
            self.reserved = reserved;
        }
        self.last = next;
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_across_restarts() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("sequencer.json");
        let mut last = 0;
        for _ in 0..3 {
            let mut sequencer = Sequencer::open(path.clone())?;
            for _ in 0..100 {
                let next = sequencer.next()?;
                assert!(next > last);
                last = next;
            }
        }
        Ok(())
    }
}
