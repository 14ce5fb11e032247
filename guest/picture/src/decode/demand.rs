//! The header of a picture, the demands of the renditions, and the decoded result.

use std::sync::Arc;

use obscura_sdk::Error;

use crate::frame::Frame;
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::precise::Deep;
use crate::profile::Embedded;

/// The header, known before decoding.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// The stored size, before orientation.
    pub size: Size,
    /// Its orientation.
    pub orientation: Orientation,
}

/// A decoded picture.
#[derive(Debug)]
pub struct Picture {
    /// Its header.
    pub header: Header,
    /// The whole stored picture, possibly at a reduced scale.
    pub frame: Frame,
    /// Its colour profile.
    pub profile: Option<Embedded>,
    /// Its metadata.
    pub metadata: Blocks,
    /// Its 16-bit samples, if it has some and they were requested.
    pub deep: Option<Arc<Deep>>,
    /// Whether a part of it is missing or damaged.
    pub damaged: bool,
}

/// The demands of the renditions, computed from a picture's header.
pub trait Demand {
    /// The largest scale of any rendition, as a fraction of the stored size.
    ///
    /// # Errors
    /// A rendition of this picture would exceed a limit.
    fn scale(&self, header: Header) -> Result<f64, Error>;

    /// Whether chroma of half the picture's size is enough for every rendition. If so, all of them
    /// are resized from the picture.
    fn takes_chroma(&self, header: Header) -> bool;

    /// Whether to render a damaged picture as far as possible.
    fn renders_damaged(&self) -> bool;

    /// Whether a rendition needs 16-bit samples.
    fn takes_depth(&self) -> bool;
}
