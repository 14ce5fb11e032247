//! A file's metadata, and what a rendition keeps of it.

use obscura_picture::encode::Extras;
use obscura_picture::metadata::Blocks;
use obscura_picture::profile::{Conversion, Embedded};

use super::job::Job;
use crate::parameters::{Metadata, Rendition};

/// The metadata of one picture, still or animated.
pub(super) struct Attached {
    pub(super) profile: Option<Embedded>,
    /// Whether the picture is without hue.
    grey: bool,
    /// Its credits, as EXIF and as XMP, if a rendition keeps them.
    credit: Option<(Vec<u8>, String)>,
}

impl Attached {
    pub(super) fn new(
        profile: Option<Embedded>,
        grey: bool,
        metadata: &Blocks,
        renditions: &[&Rendition],
    ) -> Self {
        let asked = renditions.iter().any(|rendition| rendition.metadata == Metadata::Credit);
        let credit = if asked { metadata.credit() } else { None };
        Self { profile, grey, credit: credit.map(|credit| (credit.exif(), credit.xmp())) }
    }

    /// The metadata that a rendition keeps.
    pub(super) fn extras(&self, job: &Job<'_>) -> Extras<'_> {
        let credit = self.credit.as_ref().filter(|_| job.rendition.metadata == Metadata::Credit);
        Extras {
            icc: job.kept(self.profile.as_ref(), self.grey),
            exif: credit.map(|(exif, _)| exif.as_slice()),
            xmp: credit.map(|(_, xmp)| xmp.as_str()),
        }
    }

    /// The conversion of its colours, unless it keeps them.
    pub(super) fn conversion(&self, extras: Extras<'_>) -> Option<&Conversion> {
        let profile = self.profile.as_ref().filter(|_| extras.icc.is_none());
        profile.and_then(|profile| profile.conversion.as_ref())
    }

    /// How the profile was handled, for the manifest.
    pub(super) fn outcome(&self, extras: Extras<'_>) -> Option<&'static str> {
        let word = |profile: &Embedded| match extras.icc {
            Some(_) => "kept",
            None => profile.outcome.word(),
        };
        self.profile.as_ref().map(word)
    }
}
