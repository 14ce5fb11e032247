//! Renditions, the output of a transform.

use crate::bindings::obscura::transform::output as host;

/// One finished rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Its name, as announced by the plan.
    pub name: String,
    /// Its media type, as announced by the plan.
    pub media_type: String,
    /// Its width in pixels; 0 if it is not a picture.
    pub width: u32,
    /// Its height in pixels; 0 if it is not a picture.
    pub height: u32,
    /// Its attributes, for the manifest.
    pub attributes: Vec<(String, String)>,
    /// The encoded file.
    pub body: Vec<u8>,
}

impl Rendition {
    /// A rendition without dimensions or attributes.
    pub fn new(name: impl Into<String>, media_type: impl Into<String>, body: Vec<u8>) -> Self {
        Self {
            name: name.into(),
            media_type: media_type.into(),
            width: 0,
            height: 0,
            attributes: Vec::new(),
            body,
        }
    }

    /// With dimensions in pixels.
    #[must_use]
    pub fn sized(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }
}

/// The sink of renditions.
#[derive(Debug)]
pub struct Output(Target);

#[derive(Debug)]
enum Target {
    Host,
    Collected(Vec<Rendition>),
}

impl Output {
    pub(crate) fn host() -> Self {
        Self(Target::Host)
    }

    pub(crate) fn collecting() -> Self {
        Self(Target::Collected(Vec::new()))
    }

    pub(crate) fn into_collected(self) -> Vec<Rendition> {
        match self.0 {
            Target::Host => Vec::new(),
            Target::Collected(renditions) => renditions,
        }
    }

    /// Emit a finished rendition. It is uploaded while the transform makes the next one.
    pub fn emit(&mut self, rendition: Rendition) {
        match &mut self.0 {
            Target::Host => host::emit(&host::Rendition {
                name: rendition.name,
                media_type: rendition.media_type,
                width: rendition.width,
                height: rendition.height,
                attributes: rendition.attributes,
                body: rendition.body,
            }),
            Target::Collected(renditions) => renditions.push(rendition),
        }
    }
}
