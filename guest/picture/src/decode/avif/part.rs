//! A part of a picture.

use crate::geometry::Size;

/// The visible part of a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) size: Size,
}
