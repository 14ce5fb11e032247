//! A pipeline to play on.
//!
//! - `programs`: what is built before the first test
//! - `published`: components, compiled once for all tests
//! - `running`: S3, Lambda and the bootstrap of one test
//! - `object`: what is stored
//! - `pictures`: files to upload

mod object;
pub(crate) mod pictures;
mod programs;
mod published;
mod running;

pub(crate) use programs::{bootstrap, component, tuned};
pub(crate) use running::{COMPONENTS, DESTINATION, PUBLISH, SOURCE, Setup, Stage};
