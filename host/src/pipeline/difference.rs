//! Differences between a candidate's renditions and the stored ones.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::manifest::{IntermediateRecord, RenditionRecord};
use crate::digest::Digest;
use crate::sandbox::{Interruption, Rendition, RenditionSink};

/// The maximum number of reported differences per picture.
const TOLD: usize = 4;

/// A rendition without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    name: String,
    media_type: String,
    dimensions: (u32, u32),
    pub(super) bytes: u64,
    sha256: Digest,
}

impl From<&RenditionRecord> for Made {
    fn from(record: &RenditionRecord) -> Self {
        Self {
            name: record.emitted_as.as_ref().unwrap_or(&record.name).clone(),
            media_type: record.media_type.clone(),
            dimensions: (record.width, record.height),
            bytes: record.bytes,
            sha256: record.sha256,
        }
    }
}

impl From<&IntermediateRecord> for Made {
    fn from(record: &IntermediateRecord) -> Self {
        Self {
            name: record.name.clone(),
            media_type: record.media_type.clone(),
            dimensions: (record.width, record.height),
            bytes: record.bytes,
            sha256: record.sha256,
        }
    }
}

/// A sink for renditions that drops their bytes.
#[derive(Clone, Default)]
pub(super) struct Emitted(Arc<Mutex<Vec<Made>>>);

impl Emitted {
    pub(super) fn take(&self) -> Vec<Made> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RenditionSink for Emitted {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        let made = Made {
            bytes: rendition.body.len() as u64,
            sha256: Digest::of(&rendition.body),
            dimensions: (rendition.width, rendition.height),
            name: rendition.name,
            media_type: rendition.media_type,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(made);
        Ok(())
    }
}

/// Describe the differences between stored renditions and those of a candidate, in a few words.
pub(super) fn differences(stored: &[Made], made: &[Made]) -> Option<String> {
    let named = |all: &[Made], name: &str| all.iter().find(|one| one.name == name).cloned();
    let mut told = Vec::new();
    for one in stored {
        let Made { name, .. } = one;
        match named(made, name) {
            None => told.push(format!("{name}: missing")),
            Some(other) if other == *one => {}
            Some(other) => {
                let mut text = format!("{name}:");
                if other.media_type != one.media_type {
                    let _ = write!(text, " {} → {}", one.media_type, other.media_type);
                }
                if other.dimensions != one.dimensions {
                    let ((w, h), (w2, h2)) = (one.dimensions, other.dimensions);
                    let _ = write!(text, " {w} × {h} → {w2} × {h2}");
                }
                let _ = write!(text, " {} → {} bytes", one.bytes, other.bytes);
                told.push(text);
            }
        }
    }
    let new = made.iter().filter(|one| named(stored, &one.name).is_none());
    told.extend(new.map(|one| format!("{}: new", one.name)));
    told.truncate(TOLD);
    (!told.is_empty()).then(|| told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str, body: &str) -> Made {
        Made {
            name: name.to_owned(),
            media_type: "image/jpeg".to_owned(),
            dimensions: (4, 3),
            bytes: body.len() as u64,
            sha256: Digest::of(body.as_bytes()),
        }
    }

    #[test]
    fn what_differs_is_told() {
        let stored = [made("a", "1"), made("b", "2"), made("c", "3")];
        assert_eq!(differences(&stored, &stored.clone()), None);
        let mut other = made("b", "22");
        other.dimensions = (8, 6);
        let made = [made("a", "1"), other, made("d", "4")];
        assert_eq!(
            differences(&stored, &made).unwrap_or_default(),
            "b: 4 × 3 → 8 × 6 1 → 2 bytes; c: missing; d: new"
        );
    }
}
