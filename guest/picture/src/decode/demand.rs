//! What is known of a picture, what is wanted of it, and what comes of that.

use std::sync::Arc;

use obscura_sdk::Error;

use crate::frame::Frame;
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::precise::Deep;
use crate::profile::Embedded;

/// What is known before anything is decoded.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// The stored size, before it is turned upright.
    pub size: Size,
    /// How it is to be turned.
    pub orientation: Orientation,
}

/// A decoded picture.
#[derive(Debug)]
pub struct Picture {
    /// What is known of it.
    pub header: Header,
    /// As it is stored, whole, possibly at a reduced scale.
    pub frame: Frame,
    /// Its colour profile.
    pub profile: Option<Embedded>,
    /// What the file says of it.
    pub metadata: Blocks,
    /// Its samples of 16 bits, if it has some and they were asked for.
    pub deep: Option<Arc<Deep>>,
    /// Whether a part of it is missing or broken.
    pub damaged: bool,
}

/// What the renditions need of a picture, asked when its header is known.
pub trait Demand {
    /// The largest scale, as a fraction of the stored size, of any rendition.
    ///
    /// # Errors
    /// A rendition of this picture would break a limit.
    fn scale(&self, header: Header) -> Result<f64, Error>;

    /// Whether chroma of half the picture's size is enough for every rendition. All of them are
    /// resized from the picture then.
    fn takes_chroma(&self, header: Header) -> bool;

    /// Whether what is there of a damaged picture is wanted.
    fn renders_damaged(&self) -> bool;

    /// Whether a rendition is made of 16-bit samples.
    fn takes_depth(&self) -> bool;
}
