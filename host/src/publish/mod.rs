//! Publishing: an uploaded component is proved, stored and made active.
//!
//! Everything about a component stands under its digest and is never
//! overwritten. The pointer of the channel is moved last, on condition that
//! nobody else has moved it meanwhile.
//!
//! - `function`: what starts the publish function, and what it answers
//! - `command`: what an operator asks for
//! - `upload`: what an upload's key tells
//! - `incoming`: from an upload to its report
//! - `report`: what became of an upload
//! - `publisher`: from a component to a pointer
//! - `release`: what is stored under a digest
//! - `documents`: the pipeline document, proved before it is taken up
//! - `parts`: the components that a document's steps name
//! - `context`: the live routes and the author's golden pictures
//! - `precompile`: live components, compiled for this program's engine
//! - `outcomes`: counts below `outcomes/`

mod command;
mod context;
mod documents;
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
pub use function::PublishFunction;
pub use publisher::{PublishError, Published, Publisher};
pub use report::{DocumentOutcome, DocumentReport, FaultRecord, Outcome, Report, UploadRecord};
pub use upload::{Upload, UploadKeyError};

pub use crate::gate::MAX_COMPONENT_BYTES;
