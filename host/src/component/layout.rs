//! The keys in the components bucket.
//!
//! ```text
//! pipeline.json                                        the pipeline document
//! proved/pipeline.json                                 the one that was proved last
//! proved/history/<time>-<digest>.json                  each that was proved, to go back to
//! reports/pipeline.json                                the result of the last one stored
//! incoming/<name>/[<channel>/]<file>.wasm              uploaded by an author
//! incoming/<name>/golden/<file>                        the author's golden pictures
//! reports/<name>/[<channel>/]<file>.wasm.json          the result of that upload
//! reports/<name>/taken-back/<digest>.json              why a canary was withdrawn
//! outcomes/<name>/<candidate>/<active>/<id>.json       the counts of one environment
//! transforms/<name>/channels/<channel>.json            which component is active
//! transforms/<name>/versions/<version>.json            which component has this version
//! transforms/<name>/<digest>/component.wasm            never overwritten, like the following
//! transforms/<name>/<digest>/<engine id>.cwasm
//! transforms/<name>/<digest>/report.json
//! transforms/<name>/<digest>/release.json              grows by an entry for each engine id
//! ```
//!
//! Only the publish function writes below `transforms/` and `proved/`.

use super::{Channel, TransformName};
use crate::digest::Digest;

/// The prefix of authors' uploads.
pub const INCOMING: &str = "incoming/";
/// The prefix of canaries' counts.
pub const OUTCOMES: &str = "outcomes/";
/// The prefix of reports on uploads.
pub const REPORTS: &str = "reports/";
/// S3's limit for the length of keys.
const MAX_KEY_BYTES: usize = 1024;
/// The prefix of published components, with a folder for each transform.
pub const TRANSFORMS: &str = "transforms/";

/// The object that names a channel's active component.
pub fn pointer_key(transform: &TransformName, channel: Channel) -> String {
    format!("transforms/{transform}/channels/{channel}.json")
}

/// The record of a published component.
pub fn release_key(transform: &TransformName, digest: Digest) -> String {
    format!("transforms/{transform}/{digest}/release.json")
}

/// The component itself.
pub fn component_key(transform: &TransformName, digest: Digest) -> String {
    format!("transforms/{transform}/{digest}/component.wasm")
}

/// The component, compiled for an engine.
pub fn artifact_key(transform: &TransformName, digest: Digest, engine: &str) -> String {
    format!("transforms/{transform}/{digest}/{engine}.cwasm")
}

/// The record of how a component was proved.
pub fn proof_key(transform: &TransformName, digest: Digest) -> String {
    format!("transforms/{transform}/{digest}/report.json")
}

/// The object that binds a version to a component.
pub fn version_key(transform: &TransformName, version: &semver::Version) -> String {
    format!("transforms/{transform}/versions/{version}.json")
}

/// The prefix of an author's golden pictures for a transform.
pub fn golden_prefix(transform: &TransformName) -> String {
    format!("{INCOMING}{transform}/golden/")
}

/// The report on an upload, by the upload's key. Reports on invalid keys have a separate prefix, so
/// that they cannot replace other reports.
pub fn report_key(upload: &str) -> String {
    let path = upload.strip_prefix(INCOMING).unwrap_or(upload);
    let parts: Vec<&str> = path.split('/').collect();
    let proper = match parts.as_slice() {
        [name, .., file] => name.parse::<TransformName>().is_ok() && file.ends_with(".wasm"),
        _ => false,
    };
    let folder = if proper { "" } else { "_refused/" };
    let segment = |name| if matches!(name, "." | "..") { "_" } else { name };
    let path: Vec<&str> = parts.into_iter().map(segment).collect();
    let key = format!("{REPORTS}{folder}{}.json", path.join("/"));
    if key.len() <= MAX_KEY_BYTES {
        return key;
    }
    format!("{REPORTS}_refused/{}.json", Digest::of(upload.as_bytes()))
}

/// The report on a canary that was withdrawn.
pub fn taken_back_key(transform: &TransformName, digest: Digest) -> String {
    format!("{REPORTS}{transform}/taken-back/{digest}.json")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_report_takes_the_place_of_no_other() {
        assert_eq!(report_key("incoming/x/a.wasm"), "reports/x/a.wasm.json");
        assert_eq!(report_key("incoming/x/canary/a.wasm"), "reports/x/canary/a.wasm.json");
        let digest = Digest::of(b"a");
        let theirs = [
            taken_back_key(&"x".parse().unwrap(), digest),
            "reports/pipeline.json".to_owned(),
            "reports/precompile/engine.json".to_owned(),
        ];
        for upload in [&format!("x/taken-back/{digest}"), "pipeline", "precompile/engine"] {
            let key = report_key(&format!("incoming/{upload}"));
            assert!(!theirs.contains(&key) && key.starts_with("reports/_refused/"), "{key}");
        }
    }

    #[test]
    fn a_report_on_the_longest_key_has_a_key() {
        let longest = format!("incoming/x/{}.wasm", "a".repeat(1024 - 16));
        assert_eq!(longest.len(), 1024);
        assert!(report_key(&longest).len() <= MAX_KEY_BYTES);
    }
}
