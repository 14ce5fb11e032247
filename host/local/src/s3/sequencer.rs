//! Numbers that only grow, whatever the clock does and however often the server starts.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{clock, disk};

/// How far ahead of the numbers in use the one on disk is, in nanoseconds: a write every ten
/// seconds at most.
const STRIDE: u64 = 10_000_000_000;

/// Gives the `sequencer` of each change.
pub(crate) struct Sequencer {
    path: PathBuf,
    last: u64,
    /// What is on disk: no number beyond it was ever given out.
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

    /// The time in nanoseconds where possible, and always more than the one before.
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
