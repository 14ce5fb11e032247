//! Every transform of this project, in any language, passes the same tests, in the sandbox, with
//! the components as published.
//!
//! - `guests`: the components, built on demand, and their input formats
//! - `pictures`: photographs, and deceptive files
//! - `description`: their descriptions
//! - `rendering`: renditions of photographs
//! - `refusal`: errors for anything else
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod description;
mod guests;
mod pictures;
mod refusal;
mod rendering;
