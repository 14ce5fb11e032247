//! A pipeline for a test.
//!
//! - `programs`: programs that are built before the first test
//! - `published`: components, compiled once for all tests
//! - `running`: S3, Lambda and the bootstrap of one test
//! - `reader`: a minimal browser
//! - `object`: stored objects
//! - `pictures`: files to upload

mod object;
pub(crate) mod pictures;
mod programs;
mod published;
mod reader;
mod running;

pub(crate) use programs::{bootstrap, component, publisher, tuned};
pub(crate) use published::publish as publish_into;
pub(crate) use reader::{Page, Reader};
pub(crate) use running::{
    ANNOUNCE, COMPONENTS, DELIVER, DESTINATION, FUNCTION, PUBLISH, SOURCE, Setup, Stage,
    store as store_of,
};
