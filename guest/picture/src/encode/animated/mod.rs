//! Encoders for animations.

mod gif;
mod png;
mod webp;

pub use gif::Frames as AnimatedGif;
pub use png::Frames as AnimatedPng;
pub use webp::Frames as AnimatedWebp;
