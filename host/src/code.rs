//! Every error code, in one table: what it means, who can mend it, whether it
//! is tried again, and what to do.
//!
//! A code never changes its meaning, and is never used again for another one.
//! Logs, metrics, alarms, reports and records name it by the same text.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who can mend a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// Whoever uploaded the picture.
    Uploader,
    /// Whoever wrote the transform.
    Author,
    /// Whoever wrote the pipeline document.
    Configurator,
    /// Whoever runs the deployment.
    Operator,
}

/// Whether a failure may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    /// It would come again however often it is tried.
    Permanent,
    /// It may succeed on another try: the event is delivered again.
    Transient,
}

/// What the table says of a code.
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
            /// A code that this version does not know: another one wrote it.
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
    /// The picture is empty, damaged or cut short.
    Malformed, "malformed", Uploader, Permanent,
        "Export the picture again and upload it once more.";
    /// Too many bytes, pixels or frames.
    LimitExceeded, "limit-exceeded", Uploader, Permanent,
        "Upload a smaller picture, or raise the route's `limits` in the pipeline document.";
    /// A rendition's key would not fit into S3's 1024 bytes.
    KeyTooLong, "key-too-long", Uploader, Permanent,
        "Upload the picture under a shorter key, or shorten `key_template` or the prefix.";
    /// The transform does not take the route's parameters.
    InvalidParameters, "invalid-parameters", Configurator, Permanent,
        "Correct the parameters in the pipeline document; the message names the field.";
    /// The key of a rendition is another picture's.
    KeyTaken, "key-taken", Operator, Permanent,
        "Give each deployment its own destination bucket or prefix, or change `key_template`.";
    /// The steps of the route do not fit what their transforms plan.
    RouteInvalid, "route-invalid", Configurator, Permanent,
        "Correct the route in the pipeline document; the message names the step.";
    /// The transform did not finish within `max_seconds`.
    TimeExceeded, "time-exceeded", Author, Permanent,
        "Upload a smaller picture, raise the route's limits, or make the transform use less.";
    /// The transform wanted more than `max_memory_mib`.
    MemoryExceeded, "memory-exceeded", Author, Permanent,
        "Upload a smaller picture, raise the route's limits, or make the transform use less.";
    /// The transform emitted more than `max_output_mib`.
    OutputExceeded, "output-exceeded", Author, Permanent,
        "Emit less, or raise the route's `max_output_mib`.";
    /// The transform asked for a file, a socket or the like, and gave up.
    CapabilityDenied, "capability-denied", Author, Permanent,
        "Mend the transform: it is granted nothing.";
    /// The transform panicked, overflowed its stack or exited.
    TransformTrapped, "transform-trapped", Author, Permanent,
        "Mend the transform and publish it again; its last words are in the log.";
    /// The transform reports a fault of its own.
    TransformInternal, "transform-internal", Author, Permanent,
        "Mend the transform and publish it again.";
    /// The transform emitted what it had not planned, or not all that it had.
    PlanMismatch, "plan-mismatch", Author, Permanent,
        "Mend the transform and publish it again.";
    /// The transform ended well and emitted nothing.
    NoRenditions, "no-renditions", Author, Permanent,
        "Mend the transform and publish it again.";
    /// The picture is in an archive (Glacier), and cannot be read from there.
    SourceArchived, "source-archived", Uploader, Permanent,
        "Restore it; the restore's event renders it.";
    /// The picture is encrypted with a key that only its uploader has (SSE-C).
    SourceEncrypted, "source-encrypted", Uploader, Permanent,
        "Upload it with SSE-S3 or SSE-KMS.";
    /// A record of what was made would be larger than what is read again.
    RecordTooLarge, "record-too-large", Author, Permanent,
        "Plan fewer renditions, with fewer and shorter attributes.";

    // Of an event.
    /// S3 did not answer, or throttled.
    StoreUnavailable, "store-unavailable", Operator, Transient,
        "Nothing, if it passes.";
    /// S3 refused: permissions.
    StoreDenied, "store-denied", Operator, Transient,
        "See the role's and the bucket's policy.";
    /// A bucket is not there.
    BucketMissing, "bucket-missing", Operator, Transient,
        "Create the bucket, or correct its name in the configuration.";
    /// The route's transform is not published.
    ComponentMissing, "component-missing", Operator, Transient,
        "Publish it, or correct the route.";
    /// The component is not compiled for this engine, or its code is gone.
    ArtifactMissing, "artifact-missing", Operator, Transient,
        "Publish it again.";
    /// The component's code is not what was published.
    ArtifactCorrupt, "artifact-corrupt", Operator, Transient,
        "Publish it again; find out who writes to the bucket.";
    /// The pointer to the active component cannot be read.
    PointerInvalid, "pointer-invalid", Operator, Transient,
        "Publish again.";
    /// `pipeline.json` has a mistake; an earlier good one stays in force.
    PipelineDocumentInvalid, "pipeline-document-invalid", Configurator, Transient,
        "Correct the document; the message names the field.";
    /// The event has none of the shapes that S3, SQS, EventBridge and Batch Operations send.
    EventUnrecognised, "event-unrecognised", Operator, Transient,
        "See what invokes the function.";
    /// The picture was overwritten again and again meanwhile.
    SourceMoving, "source-moving", Uploader, Transient,
        "Nothing, if it passes.";
    /// The invocation had too little time left.
    OutOfTime, "out-of-time", Operator, Transient,
        "Give the function a longer timeout, or a batch fewer events.";
    /// The download or an upload broke off.
    Interrupted, "interrupted", Operator, Transient,
        "Nothing, if it passes.";
    /// The engine failed, not the component.
    SandboxFailed, "sandbox-failed", Operator, Transient,
        "Give the function more memory; if that does not help, report it.";
    /// A mistake of Obscura's own.
    Internal, "internal", Operator, Transient,
        "Report it.";

    // Of a component that is published.
    /// The upload's key names no transform, or another channel than `stable` and `canary`.
    UploadKeyInvalid, "upload-key-invalid", Author, Permanent,
        "Upload it to `incoming/<name>/<file>.wasm`.";
    /// The file has no bytes.
    ComponentEmpty, "component-empty", Author, Permanent,
        "Upload it again; see whether the build wrote it to its end.";
    /// The component has more than 64 MiB.
    ComponentTooLarge, "component-too-large", Author, Permanent,
        "Strip debug information, optimise for size, leave out what is not needed.";
    /// The file is no WebAssembly.
    NotWebassembly, "not-webassembly", Author, Permanent,
        "Upload the component: a file that begins with `\\0asm`.";
    /// The file is a core module.
    CoreModule, "core-module", Author, Permanent,
        "Build for `wasm32-wasip2`, or make a component of it with `wasm-tools component new`.";
    /// The file is compiled code.
    CompiledArtifact, "compiled-artifact", Author, Permanent,
        "Upload the component itself: nobody's compiled code is run but Obscura's own.";
    /// The component's sections cannot be read: damaged or cut short.
    ComponentMalformed, "component-malformed", Author, Permanent,
        "Build it with current tools, and upload the whole file.";
    /// The component imports something that no transform may, or a version that is not known.
    ImportNotAllowed, "import-not-allowed", Author, Permanent,
        "Drop the dependency that needs it, or build with tools that use a version that is known.";
    /// The component is built against a version of the contract that this host does not speak.
    ContractVersionUnsupported, "contract-version-unsupported", Author, Permanent,
        "Build it against the `wit/` of this version of Obscura, or upgrade Obscura first.";
    /// The component's exports are not those of the world `transform`, or not of these types.
    WorldMismatch, "world-mismatch", Author, Permanent,
        "Build it against `wit/transform.wit`, as it is.";
    /// The component's memory starts larger than a picture may have.
    MemoryTooLarge, "memory-too-large", Author, Permanent,
        "Start with less, and grow when a picture needs it.";
    /// A table starts with too many elements.
    TableTooLarge, "table-too-large", Author, Permanent,
        "Take fewer functions' addresses.";
    /// Too many memories, tables, modules, instances or types, or too deeply nested ones.
    TooManyParts, "too-many-parts", Author, Permanent,
        "Link what belongs together into one core module, and compose fewer components.";
    /// Too many functions, or too large a one.
    CodeTooLarge, "code-too-large", Author, Permanent,
        "Leave out what is not needed, or split it.";
    /// The compiler refuses the component.
    ComponentInvalid, "component-invalid", Author, Permanent,
        "Build it with current tools; threads, 64-bit memories and garbage collection are off.";
    /// The compiler was stopped after two minutes.
    CompileTimeExceeded, "compile-time-exceeded", Author, Permanent,
        "Fewer and smaller functions: very large ones take the compiler longest.";
    /// The compiler wanted too much memory.
    CompileMemoryExceeded, "compile-memory-exceeded", Author, Permanent,
        "Fewer and smaller functions: very large ones take the compiler most.";
    /// The component's name, version, summary or media types cannot be used.
    DescriptionInvalid, "description-invalid", Author, Permanent,
        "Correct what `describe` says.";
    /// The component was uploaded for another transform.
    NameMismatch, "name-mismatch", Author, Permanent,
        "Upload it under its own name, or change its name.";
    /// `describe`, `plan` or a rendition came out differently the second time.
    NotDeterministic, "not-deterministic", Author, Permanent,
        "Depend on the source's bytes and the parameters alone.";
    /// The parameters' schema is no JSON Schema.
    SchemaInvalid, "schema-invalid", Author, Permanent,
        "Correct it; in Rust, derive it with schemars.";
    /// The defaults do not satisfy the schema, or are not what is planned without parameters.
    DefaultsInvalid, "defaults-invalid", Author, Permanent,
        "Make the two agree.";
    /// The component does not take the parameters of a live route.
    ParametersRefused, "parameters-refused", Author, Permanent,
        "Take them, or change the pipeline document first.";
    /// The component plans no rendition.
    PlanEmpty, "plan-empty", Author, Permanent,
        "Plan at least one, or refuse the parameters.";
    /// A rendition's header says other dimensions than announced.
    DimensionsWrong, "dimensions-wrong", Author, Permanent,
        "Announce the dimensions of the encoded file.";
    /// A rendition's bytes are of another type than announced.
    MediaTypeWrong, "media-type-wrong", Author, Permanent,
        "Announce what is emitted: pictures are served with this media type.";
    /// The component plans a media type that its renditions may not have, such as HTML or SVG.
    MediaTypeNotAllowed, "media-type-not-allowed", Author, Permanent,
        "Plan pictures, JSON, plain text or octets: nothing that a browser runs.";
    /// A rendition's header cannot be read.
    RenditionMalformed, "rendition-malformed", Author, Permanent,
        "See whether the encoder was run to its end.";
    /// The component rendered none of the pictures that it says it accepts.
    NothingRendered, "nothing-rendered", Author, Permanent,
        "Render them, or upload a golden picture that it reads.";
    /// Too many golden pictures, or too large ones.
    GoldenTooLarge, "golden-too-large", Author, Permanent,
        "Keep those that matter.";
    /// The process that looked at the component died.
    GateCrashed, "gate-crashed", Author, Permanent,
        "If it was built with common tools, report it, with the component.";
    /// This version is published already, with other bytes.
    VersionTaken, "version-taken", Author, Permanent,
        "Give it another version: what manifests call by this one must stay what it was.";
    /// A newer upload, or a rollback, came first.
    PublishSuperseded, "publish-superseded", Author, Permanent,
        "Upload it once more if it is to be the active one.";
    /// Others publish the same transform at this moment.
    PublishConflict, "publish-conflict", Operator, Transient,
        "Nothing, if it passes.";
    /// A stored component is not what was published.
    ComponentCorrupt, "component-corrupt", Operator, Transient,
        "Find out who writes to the bucket.";
    /// Live components do not pass for the new host's engine.
    PrecompileRefused, "precompile-refused", Author, Transient,
        "Publish mended ones, or keep the host.";

    // Of `promote` and `rollback`.
    /// There is no canary to promote or to take back.
    NoCanary, "no-canary", Operator, Permanent,
        "Publish one: `obscura publish --channel canary`.";
    /// There never was another stable component.
    NoPrevious, "no-previous", Operator, Permanent,
        "Name one with `--to`; `obscura list` shows which there are.";
    /// Nothing is published under this digest.
    NotPublished, "not-published", Operator, Permanent,
        "See which there are: `obscura list`.";
    /// The component has no code for the engine that runs.
    NotCompiled, "not-compiled", Operator, Permanent,
        "Precompile it first.";
}

impl Code {
    /// The text that logs, metrics, alarms and records name it by.
    pub fn as_str(self) -> &'static str {
        self.row().text
    }

    /// Who can mend it.
    pub fn owner(self) -> Party {
        self.row().owner
    }

    /// What is wrong, in general, in one sentence.
    pub fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// What to do about it, if whoever reports it knows nothing better.
    pub fn remedy(self) -> &'static str {
        self.row().remedy
    }

    /// Whether it may succeed on another try, and is tried again.
    pub fn is_transient(self) -> bool {
        self.row().retry == Retry::Transient
    }

    /// Whether it was the store that failed, and not the component.
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
