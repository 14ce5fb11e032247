//! From a picture to its renditions.

mod attached;
mod copies;
mod job;
mod moving;
mod order;
mod still;

pub(crate) use order::Order;
