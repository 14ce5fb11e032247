//! Actions: digests of everything that a run depends on.

use std::fmt::Write as _;

use crate::digest::Digest;
use crate::document::StepLimits;

/// The input of a run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Read<'a> {
    /// The source, by its ETag.
    Source(&'a str),
    /// A rendition of another run.
    Rendition(Digest, &'a str),
}

/// The digest over everything that the renditions of a run depend on. Two runs with the same action
/// give the same bytes.
///
/// It includes the limits that a transform can query. The others only decide whether it completes.
/// It also includes the metadata that is copied from the picture to its renditions.
pub(super) fn action(
    read: Read<'_>,
    component: Digest,
    parameters: Digest,
    limits: &StepLimits,
    carried: &[(String, String)],
) -> Digest {
    let mut text = String::from("obscura-action-1\n");
    // Writing to a string cannot fail.
    let _ = match read {
        Read::Source(etag) => writeln!(text, "source {etag}"),
        Read::Rendition(action, name) => writeln!(text, "rendition {action} {name}"),
    };
    let StepLimits { max_pixels, max_frames, max_memory_mib, .. } = limits;
    let _ = write!(
        text,
        "component {component}\nparameters {parameters}\nlimits {max_pixels} {max_frames} \
         {max_memory_mib}\n"
    );
    for (name, value) in carried {
        let _ = writeln!(text, "metadata {name} {value}");
    }
    Digest::of(text.as_bytes())
}

/// The action's first 16 digits, for keys.
pub(super) fn version(action: Digest) -> String {
    format!("{:016x}", action.leading())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn whatever_changes_the_bytes_changes_the_action() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let limits = StepLimits::default();
        let small = StepLimits { max_pixels: 1, ..limits.clone() };
        let all = [
            action(Read::Source("1"), a, a, &limits, &[]),
            action(Read::Source("2"), a, a, &limits, &[]),
            action(Read::Source("1"), b, a, &limits, &[]),
            action(Read::Source("1"), a, b, &limits, &[]),
            action(Read::Source("1"), a, a, &small, &[]),
            action(Read::Rendition(a, "1"), a, a, &limits, &[]),
            action(Read::Rendition(b, "1"), a, a, &limits, &[]),
            action(Read::Rendition(a, "2"), a, a, &limits, &[]),
            action(Read::Source("1"), a, a, &limits, &[("alt".to_owned(), "a".to_owned())]),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        let patient = StepLimits { max_seconds: 1.0, ..limits };
        assert_eq!(action(Read::Source("1"), a, a, &patient, &[]), all[0]);
        assert!(all[0].to_string().starts_with(&version(all[0])));
    }
}
