//! Obscura: a picture put into a source bucket becomes renditions in a
//! destination bucket, made by a sandboxed WebAssembly component.

pub mod digest;
pub mod key;
pub mod sandbox;
