//! Every transform of this project, whatever it is written in, keeps the same
//! promises: the same tests, in the sandbox, on the components as they are
//! published.
//!
//! - `guests`: the components, built on demand, and what each reads
//! - `pictures`: photographs, and files that are not what they seem
//! - `description`: what they say of themselves
//! - `rendering`: what they make of photographs
//! - `refusal`: what they make of anything else
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod description;
mod guests;
mod pictures;
mod refusal;
mod rendering;
