//! Obscura.
