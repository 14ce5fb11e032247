//! The parameters from the pipeline document.

mod background;
mod choices;
mod coding;
mod document;
mod family;
mod formats;
mod mistake;
mod plan;
mod quality;
mod rendition;

pub use background::Background;
pub(crate) use choices::FACES_ARE_FOUND;
pub use choices::{
    Animation, Chroma, Damaged, Fit, Focus, Metadata, Padding, Position, Profile, Target,
};
pub use document::Parameters;
pub use obscura_picture::precise::Filter;
pub(crate) use plan::Plan;
pub use quality::{Goal, Quality};
pub use rendition::Rendition;
