//! Collects the renditions of one run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use obscura::sandbox::{Interruption, Rendition, RenditionSink};

/// Collects the renditions of one run.
#[derive(Clone, Default)]
pub(crate) struct Basket(Arc<Mutex<Vec<Rendition>>>);

impl Basket {
    /// What was emitted.
    pub(crate) fn take(&self) -> Vec<Rendition> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RenditionSink for Basket {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rendition);
        Ok(())
    }
}
