//! Publishing: an uploaded component is proved, stored and made active.
//!
//! Everything about a component is stored under its digest and is never overwritten. The channel's
//! pointer is updated last, on condition that it has not changed meanwhile.
//!
//! - `function`: handles invocations of the publish function
//! - `command`: operators' commands
//! - `upload`: parses an upload's key
//! - `incoming`: from an upload to its report
//! - `report`: the report on an upload
//! - `publisher`: from a component to a pointer
//! - `error`: why a component was not published
//! - `release`: the objects under a digest
//! - `documents`: proves and activates the pipeline document
//! - `parts`: the components of a document's steps
//! - `context`: the live routes and the author's golden pictures
//! - `precompile`: compiles live components for this program's engine
//! - `outcomes`: counts below `outcomes/`

mod command;
mod context;
mod documents;
mod error;
mod function;
mod incoming;
mod outcomes;
mod parts;
mod precompile;
mod publisher;
mod release;
mod report;
mod upload;

pub use documents::{Documents, Earlier};
pub use error::PublishError;
pub use function::PublishFunction;
pub use publisher::{Published, Publisher};
pub use report::{DocumentOutcome, DocumentReport, FaultRecord, Outcome, Report, UploadRecord};
pub use upload::{Upload, UploadKeyError};

pub use crate::gate::MAX_COMPONENT_BYTES;
