//! Object keys.

/// Names that a rendition may not have: they stand beside the renditions.
pub const RESERVED_NAMES: [&str; 2] = ["manifest", "error"];
