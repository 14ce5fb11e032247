//! The table of error codes: meaning, owner, whether the error is retried, and remedy.
//!
//! A code never changes its meaning, and is never reused. Logs, metrics, alarms, reports and
//! records use the same text.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who can fix a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The uploader of the picture.
    Uploader,
    /// The author of the transform.
    Author,
    /// The author of the pipeline document.
    Configurator,
    /// The operator of the deployment.
    Operator,
}

/// Whether a failure is temporary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    /// A retry would fail again.
    Permanent,
    /// A retry may succeed: the event is delivered again.
    Transient,
}

/// An entry of the table.
struct Row {
    text: &'static str,
    owner: Party,
    retry: Retry,
    meaning: &'static str,
    remedy: &'static str,
}

macro_rules! codes {
    ($(
        #[doc = $meaning:literal]
        $name:ident, $text:literal, $owner:ident, $retry:ident, $remedy:literal;
    )*) => {
        /// The stable code of an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
            /// A code that this version does not know, from another version.
            Unknown,
        }

        impl Code {
            /// All codes that this version knows, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            fn row(self) -> Row {
                let (text, owner, retry, meaning, remedy) = match self {
                    $(Self::$name =>
                        ($text, Party::$owner, Retry::$retry, $meaning, $remedy),)*
                    Self::Unknown => (
                        "unknown",
                        Party::Operator,
                        Retry::Permanent,
                        "Another version of Obscura wrote a code that this one does not know.",
                        "Read the message; see which versions are in use.",
                    ),
                };
                Row { text, owner, retry, meaning: meaning.trim_ascii(), remedy }
            }
        }
    };
}

codes! {
    // Of a picture.
    /// The transform does not read this format.
    UnsupportedFormat, "unsupported-format", Uploader, Permanent,
        "Upload another format, or route by `media_types`.";
    /// The picture is empty, damaged or truncated.
    Malformed, "malformed", Uploader, Permanent,
        "Export the picture again and upload it.";
    /// Too many bytes, pixels or frames.
    LimitExceeded, "limit-exceeded", Uploader, Permanent,
        "Upload a smaller picture, or raise the route's `limits` in the pipeline document.";
    /// A rendition's key would not fit into S3's 1024 bytes.
    KeyTooLong, "key-too-long", Uploader, Permanent,
        "Upload the picture under a shorter key, or shorten `key_template` or the prefix.";
    /// The transform does not accept the route's parameters.
    InvalidParameters, "invalid-parameters", Configurator, Permanent,
        "Correct the parameters in the pipeline document; the message names the field.";
    /// A rendition's key is already used by another picture.
    KeyTaken, "key-taken", Operator, Permanent,
        "Give each deployment its own destination bucket or prefix, or change `key_template`.";
    /// The steps of the route do not match what their transforms plan.
    RouteInvalid, "route-invalid", Configurator, Permanent,
        "Correct the route in the pipeline document; the message names the step.";
    /// The transform did not finish within `max_seconds`.
    TimeExceeded, "time-exceeded", Author, Permanent,
        "Upload a smaller picture, raise the route's limits, or make the transform use less.";
    /// The transform needed more than `max_memory_mib`.
    MemoryExceeded, "memory-exceeded", Author, Permanent,
        "Upload a smaller picture, raise the route's limits, or make the transform use less.";
    /// The transform emitted more than `max_output_mib`.
    OutputExceeded, "output-exceeded", Author, Permanent,
        "Emit less, or raise the route's `max_output_mib`.";
    /// The transform tried to use a file, a socket or the like, and failed.
    CapabilityDenied, "capability-denied", Author, Permanent,
        "Fix the transform: the sandbox grants none of these.";
    /// The transform panicked, overflowed its stack or exited.
    TransformTrapped, "transform-trapped", Author, Permanent,
        "Fix the transform and publish it again; its output is in the log.";
    /// The transform reports an internal error.
    TransformInternal, "transform-internal", Author, Permanent,
        "Fix the transform and publish it again.";
    /// The transform emitted something that it had not planned, or not everything that it had.
    PlanMismatch, "plan-mismatch", Author, Permanent,
        "Fix the transform and publish it again.";
    /// The transform succeeded, but emitted nothing.
    NoRenditions, "no-renditions", Author, Permanent,
        "Fix the transform and publish it again.";
    /// The picture is archived (Glacier), and cannot be read.
    SourceArchived, "source-archived", Uploader, Permanent,
        "Restore it; it is rendered when the restore has completed.";
    /// The picture is encrypted with a key that only its uploader has (SSE-C).
    SourceEncrypted, "source-encrypted", Uploader, Permanent,
        "Upload it with SSE-S3 or SSE-KMS.";
    /// The manifest would be larger than is allowed.
    RecordTooLarge, "record-too-large", Author, Permanent,
        "Plan fewer renditions, with fewer and shorter attributes.";

    // Of an event.
    /// S3 did not answer, or throttled the request.
    StoreUnavailable, "store-unavailable", Operator, Transient,
        "Nothing, unless it persists.";
    /// S3 denied access.
    StoreDenied, "store-denied", Operator, Transient,
        "Check the policies of the role and the bucket.";
    /// A bucket does not exist.
    BucketMissing, "bucket-missing", Operator, Transient,
        "Create the bucket, or correct its name in the configuration.";
    /// The route's transform is not published.
    ComponentMissing, "component-missing", Operator, Transient,
        "Publish it, or correct the route.";
    /// The component is not compiled for this engine, or its artifact is missing.
    ArtifactMissing, "artifact-missing", Operator, Transient,
        "Publish it again.";
    /// The component's artifact is not what was published.
    ArtifactCorrupt, "artifact-corrupt", Operator, Transient,
        "Publish it again; find out who writes to the bucket.";
    /// The pointer to the active component cannot be read.
    PointerInvalid, "pointer-invalid", Operator, Transient,
        "Publish again.";
    /// `pipeline.json` is invalid; the last valid one stays in force.
    PipelineDocumentInvalid, "pipeline-document-invalid", Configurator, Transient,
        "Correct the document; the message names the field.";
    /// The event has none of the shapes that S3, SQS, EventBridge and Batch Operations send.
    EventUnrecognised, "event-unrecognised", Operator, Transient,
        "Check what invokes the function.";
    /// The picture was overwritten repeatedly while it was processed.
    SourceMoving, "source-moving", Uploader, Transient,
        "Nothing, unless it persists.";
    /// The invocation had too little time left.
    OutOfTime, "out-of-time", Operator, Transient,
        "Increase the function's timeout, or reduce the batch size.";
    /// The download or an upload was interrupted.
    Interrupted, "interrupted", Operator, Transient,
        "Nothing, unless it persists.";
    /// The engine failed, not the component.
    SandboxFailed, "sandbox-failed", Operator, Transient,
        "Give the function more memory; if that does not help, report it.";
    /// A bug in Obscura.
    Internal, "internal", Operator, Transient,
        "Report it.";

    // Of a component that is published.
    /// The upload's key names no transform, or another channel than `stable` and `canary`.
    UploadKeyInvalid, "upload-key-invalid", Author, Permanent,
        "Upload it to `incoming/<name>/<file>.wasm`.";
    /// The file has no bytes.
    ComponentEmpty, "component-empty", Author, Permanent,
        "Upload it again; check that the build was completed.";
    /// The component has more than 64 MiB.
    ComponentTooLarge, "component-too-large", Author, Permanent,
        "Strip debug information, optimise for size, remove what is not needed.";
    /// The file is not WebAssembly.
    NotWebassembly, "not-webassembly", Author, Permanent,
        "Upload the component: a file that begins with `\\0asm`.";
    /// The file is a core module.
    CoreModule, "core-module", Author, Permanent,
        "Build for `wasm32-wasip2`, or make a component of it with `wasm-tools component new`.";
    /// The file is compiled code.
    CompiledArtifact, "compiled-artifact", Author, Permanent,
        "Upload the component itself: only code that Obscura has compiled is run.";
    /// The component's sections cannot be read: it is damaged or truncated.
    ComponentMalformed, "component-malformed", Author, Permanent,
        "Build it with current tools, and upload the whole file.";
    /// The component imports something that is not allowed, or an unknown version of it.
    ImportNotAllowed, "import-not-allowed", Author, Permanent,
        "Remove the dependency that needs it, or build with tools that use a known version.";
    /// The component is built against a version of the contract that this host does not support.
    ContractVersionUnsupported, "contract-version-unsupported", Author, Permanent,
        "Build it against the `wit/` of this version of Obscura, or upgrade Obscura first.";
    /// The component's exports are not those of the world `transform`, or have other types.
    WorldMismatch, "world-mismatch", Author, Permanent,
        "Build it against `wit/transform.wit`, as it is.";
    /// The component's initial memory is larger than the limit.
    MemoryTooLarge, "memory-too-large", Author, Permanent,
        "Start with less, and grow when a picture needs it.";
    /// A table has too many initial elements.
    TableTooLarge, "table-too-large", Author, Permanent,
        "Use fewer function pointers.";
    /// Too many memories, tables, modules, instances or types, or too deeply nested ones.
    TooManyParts, "too-many-parts", Author, Permanent,
        "Link what belongs together into one core module, and compose fewer components.";
    /// Too many functions, or one that is too large.
    CodeTooLarge, "code-too-large", Author, Permanent,
        "Remove what is not needed, or split it.";
    /// The compiler refuses the component.
    ComponentInvalid, "component-invalid", Author, Permanent,
        "Build it with current tools; threads, 64-bit memories and garbage collection are off.";
    /// The compiler was stopped after two minutes.
    CompileTimeExceeded, "compile-time-exceeded", Author, Permanent,
        "Use fewer and smaller functions: very large ones take longest to compile.";
    /// The compiler needed too much memory.
    CompileMemoryExceeded, "compile-memory-exceeded", Author, Permanent,
        "Use fewer and smaller functions: very large ones need most memory to compile.";
    /// The component's name, version, summary or media types are invalid.
    DescriptionInvalid, "description-invalid", Author, Permanent,
        "Correct what `describe` returns.";
    /// The component was uploaded for another transform.
    NameMismatch, "name-mismatch", Author, Permanent,
        "Upload it under its own name, or change its name.";
    /// `describe`, `plan` or a rendition was different the second time.
    NotDeterministic, "not-deterministic", Author, Permanent,
        "Depend only on the source's bytes and the parameters.";
    /// The parameters' schema is not a valid JSON Schema.
    SchemaInvalid, "schema-invalid", Author, Permanent,
        "Correct it; in Rust, derive it with schemars.";
    /// The defaults do not satisfy the schema, or are not what is planned without parameters.
    DefaultsInvalid, "defaults-invalid", Author, Permanent,
        "Make the two agree.";
    /// The component does not accept the parameters of a live route.
    ParametersRefused, "parameters-refused", Author, Permanent,
        "Accept them, or change the pipeline document first.";
    /// The component plans no rendition.
    PlanEmpty, "plan-empty", Author, Permanent,
        "Plan at least one, or refuse the parameters.";
    /// A rendition's header has other dimensions than announced.
    DimensionsWrong, "dimensions-wrong", Author, Permanent,
        "Announce the dimensions of the encoded file.";
    /// A rendition's bytes are of another type than announced.
    MediaTypeWrong, "media-type-wrong", Author, Permanent,
        "Announce what is emitted: pictures are served with this media type.";
    /// The component plans a media type that is not allowed, such as HTML or SVG.
    MediaTypeNotAllowed, "media-type-not-allowed", Author, Permanent,
        "Plan pictures, JSON, plain text or octets: nothing that a browser runs.";
    /// A rendition's header cannot be read.
    RenditionMalformed, "rendition-malformed", Author, Permanent,
        "Check that the encoder was finished.";
    /// The component rendered no picture of the types that it accepts.
    NothingRendered, "nothing-rendered", Author, Permanent,
        "Render them, or upload a golden picture that it reads.";
    /// Too many golden pictures, or too large ones.
    GoldenTooLarge, "golden-too-large", Author, Permanent,
        "Keep the important ones.";
    /// The process that checked the component crashed.
    GateCrashed, "gate-crashed", Author, Permanent,
        "If it was built with common tools, report it, with the component.";
    /// This version is published already, with other bytes.
    VersionTaken, "version-taken", Author, Permanent,
        "Increase the version: manifests refer to the existing one.";
    /// A newer upload, or a rollback, came first.
    PublishSuperseded, "publish-superseded", Author, Permanent,
        "Upload it again if it should be active.";
    /// The same transform is being published concurrently.
    PublishConflict, "publish-conflict", Operator, Transient,
        "Nothing, unless it persists.";
    /// A stored component is not what was published.
    ComponentCorrupt, "component-corrupt", Operator, Transient,
        "Find out who writes to the bucket.";
    /// Live components are refused by the new version of Obscura.
    PrecompileRefused, "precompile-refused", Author, Transient,
        "Publish fixed ones, or keep the old version.";

    // Of `promote` and `rollback`.
    /// There is no canary to promote or to withdraw.
    NoCanary, "no-canary", Operator, Permanent,
        "Publish one: `obscura publish --channel canary`.";
    /// There is no earlier stable component.
    NoPrevious, "no-previous", Operator, Permanent,
        "Name one with `--to`; `obscura list` shows what is published.";
    /// Nothing is published under this digest.
    NotPublished, "not-published", Operator, Permanent,
        "Use `obscura list` to see what is published.";
    /// The component is not compiled for the current engine.
    NotCompiled, "not-compiled", Operator, Permanent,
        "Precompile it first.";
}

impl Code {
    /// Its text in logs, metrics, alarms and records.
    pub fn as_str(self) -> &'static str {
        self.row().text
    }

    /// Who can fix it.
    pub fn owner(self) -> Party {
        self.row().owner
    }

    /// Its meaning, in one sentence.
    pub fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// The default remedy.
    pub fn remedy(self) -> &'static str {
        self.row().remedy
    }

    /// Whether it is temporary, and is retried.
    pub fn is_transient(self) -> bool {
        self.row().retry == Retry::Transient
    }

    /// Whether the same picture can be read later, so that a recorded failure is not the last word.
    pub fn can_pass(self) -> bool {
        matches!(self, Self::SourceArchived | Self::SourceEncrypted)
    }

    /// Whether the store failed, not the component.
    pub fn is_of_store(self) -> bool {
        matches!(self, Self::StoreUnavailable | Self::StoreDenied | Self::BucketMissing)
    }

    fn of(text: &str) -> Self {
        let known = Self::ALL.iter().find(|code| code.as_str() == text);
        known.copied().unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer).map(|text| Self::of(&text))
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let texts: Vec<&str> =
            Self::ALL.iter().chain([&Self::Unknown]).map(|code| code.as_str()).collect();
        json_schema!({
            "description": "The stable code of an error.",
            "type": "string",
            "enum": texts,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_read_as_it_was_written() {
        for code in Code::ALL {
            let text = serde_json::to_string(code).unwrap();
            assert_eq!(serde_json::from_str::<Code>(&text).unwrap(), *code);
        }
        let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        let spelled = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(texts.iter().all(|text| text.chars().all(spelled)));
    }

    #[test]
    fn a_code_of_another_version_does_not_spoil_the_record() {
        let code: Code = serde_json::from_str(r#""of-the-future""#).unwrap();
        assert_eq!((code, code.as_str()), (Code::Unknown, "unknown"));
        assert!(!Code::ALL.contains(&Code::Unknown));
    }

    #[test]
    fn the_schema_names_every_code() {
        let schema = schemars::schema_for!(Code);
        let named = schema.as_value()["enum"].as_array().unwrap();
        assert_eq!(named.len(), Code::ALL.len() + 1);
    }
}
