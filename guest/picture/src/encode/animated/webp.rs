//! An animated WebP. Every frame replaces the whole canvas.

use super::super::settings::Extras;
use super::super::webp;
use crate::geometry::Size;

/// An animated WebP, made from encoded frames.
#[derive(Debug, Clone)]
pub struct Frames {
    size: Size,
    plays: u32,
    chunks: Vec<u8>,
    transparent: bool,
}

impl Frames {
    /// For frames of one size, with this loop count; 0 is forever.
    #[must_use]
    pub fn new(size: Size, plays: u32) -> Self {
        Self { size, plays, chunks: Vec::new(), transparent: false }
    }

    /// Add the picture of a still WebP file with this duration in milliseconds. `transparent` says
    /// whether it has transparent pixels.
    pub fn push(&mut self, still: &[u8], transparent: bool, delay: u32) {
        self.transparent |= transparent;
        let mut frame = vec![0; 6]; // At the upper left corner.
        frame.extend(webp::three(self.size.width - 1));
        frame.extend(webp::three(self.size.height - 1));
        frame.extend(webp::three(delay.min(0xff_ffff)));
        frame.push(2); // In place of what was there, and it stays.
        frame.extend(webp::picture_of(still));
        webp::chunk(&mut self.chunks, b"ANMF", &frame);
    }

    /// The file.
    #[must_use]
    pub fn finish(&self, extras: Extras<'_>) -> Vec<u8> {
        let flags = webp::ANIMATED | webp::transparent(self.transparent);
        let mut animation = vec![0; 4]; // The background, which is not shown.
        animation.extend((self.plays.min(65_535) as u16).to_le_bytes());
        let mut chunks = Vec::new();
        webp::chunk(&mut chunks, b"ANIM", &animation);
        chunks.extend(&self.chunks);
        webp::extended(self.size, flags, chunks, extras)
    }
}
