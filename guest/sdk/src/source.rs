//! The picture, the input of a transform.

use std::io::{self, Read};

use crate::bindings::obscura::transform::{input, limits};

/// Limits of a picture. Check them against the picture's header, before memory is allocated for
/// pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of pixels, over all frames.
    pub max_pixels: u64,
    /// The maximum number of frames of an animation.
    pub max_frames: u32,
    /// The maximum linear memory, in bytes.
    pub max_memory: u64,
}

impl Limits {
    pub(crate) fn of_host() -> Self {
        Self {
            max_pixels: limits::max_pixels(),
            max_frames: limits::max_frames(),
            max_memory: limits::max_memory(),
        }
    }
}

/// The uploaded object, read once from start to end. Reading waits for the download and never
/// fails.
#[derive(Debug)]
pub struct Source<'a> {
    origin: Origin<'a>,
    limits: Limits,
}

#[derive(Debug)]
enum Origin<'a> {
    Host(&'a input::Source),
    Bytes { key: String, rest: &'a [u8], size: u64 },
}

impl<'a> Source<'a> {
    pub(crate) fn host(source: &'a input::Source) -> Self {
        Self { origin: Origin::Host(source), limits: Limits::of_host() }
    }

    pub(crate) fn bytes(key: &str, bytes: &'a [u8], limits: Limits) -> Self {
        let origin = Origin::Bytes { key: key.to_owned(), rest: bytes, size: bytes.len() as u64 };
        Self { origin, limits }
    }

    /// The object's key in the source bucket, for messages.
    pub fn key(&self) -> String {
        match &self.origin {
            Origin::Host(source) => source.key(),
            Origin::Bytes { key, .. } => key.clone(),
        }
    }

    /// The object's size in bytes.
    pub fn size(&self) -> u64 {
        match &self.origin {
            Origin::Host(source) => source.size(),
            Origin::Bytes { size, .. } => *size,
        }
    }

    /// The media type that the uploader declared. It can be wrong.
    pub fn content_type(&self) -> Option<String> {
        match &self.origin {
            Origin::Host(source) => source.content_type(),
            Origin::Bytes { .. } => None,
        }
    }

    /// The limits of this picture.
    pub fn limits(&self) -> Limits {
        self.limits
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.origin {
            Origin::Host(source) => {
                let max = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
                let bytes = source.read(max);
                // The host never returns more than requested.
                let target = buffer.get_mut(..bytes.len()).ok_or(io::ErrorKind::InvalidData)?;
                target.copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Origin::Bytes { rest, .. } => rest.read(buffer),
        }
    }

    /// Reads in large chunks, as each call to the host has a fixed cost.
    fn read_to_end(&mut self, all: &mut Vec<u8>) -> io::Result<usize> {
        let Origin::Host(source) = &self.origin else {
            let Origin::Bytes { rest, .. } = &mut self.origin else { return Ok(0) };
            return rest.read_to_end(all);
        };
        const PIECE: u32 = 256 * 1024;
        let before = all.len();
        all.reserve_exact(usize::try_from(source.size()).unwrap_or(0));
        loop {
            let bytes = source.read(PIECE);
            if bytes.is_empty() {
                return Ok(all.len() - before);
            }
            all.extend_from_slice(&bytes);
        }
    }
}
