// The record of a picture, at `<key>/manifest.json`, in version 2.
// Made of manifest.schema.json by `just schema`; do not edit.

/**
 * The record of a picture, at `<key>/manifest.json`: the picture, its renditions and their
 * components, or its errors. It is written after the renditions, on condition that it has not been
 * written meanwhile; this write is the commit.
 */
export interface Manifest {
  /** Why this record was written. */
  cause?: Cause;
  /** When this record was written (RFC 3339). */
  rendered_at: string;
  /** The renditions that are stored. */
  renditions: RenditionRecord[];
  /** Planned renditions that are made on request. Once made, they are listed under `renditions`. */
  requested?: RequestedRecord[];
  /** Earlier runs whose renditions still exist, for rollback: complete runs with their own keys. */
  retired?: RetiredRecord[];
  /** The route that the picture took. */
  route: RouteRecord;
  /** The picture. */
  source: SourceRecord;
  /** The status of the picture. */
  status: Status;
  /** The steps, an entry for each run of a component. */
  steps: StepRecord[];
  /** The version of this format: 2. */
  version: 2;
}

/** Why a record was written. */
export type Cause = "event" | "request";

/** The stable code of an error. */
export type Code = "unsupported-format"
  | "malformed"
  | "limit-exceeded"
  | "key-too-long"
  | "invalid-parameters"
  | "key-taken"
  | "route-invalid"
  | "time-exceeded"
  | "memory-exceeded"
  | "output-exceeded"
  | "capability-denied"
  | "transform-trapped"
  | "transform-internal"
  | "plan-mismatch"
  | "no-renditions"
  | "source-archived"
  | "source-encrypted"
  | "record-too-large"
  | "store-unavailable"
  | "store-denied"
  | "bucket-missing"
  | "component-missing"
  | "artifact-missing"
  | "artifact-corrupt"
  | "pointer-invalid"
  | "pipeline-document-invalid"
  | "event-unrecognised"
  | "source-moving"
  | "out-of-time"
  | "interrupted"
  | "sandbox-failed"
  | "internal"
  | "upload-key-invalid"
  | "component-empty"
  | "component-too-large"
  | "not-webassembly"
  | "core-module"
  | "compiled-artifact"
  | "component-malformed"
  | "import-not-allowed"
  | "contract-version-unsupported"
  | "world-mismatch"
  | "memory-too-large"
  | "table-too-large"
  | "too-many-parts"
  | "code-too-large"
  | "component-invalid"
  | "compile-time-exceeded"
  | "compile-memory-exceeded"
  | "description-invalid"
  | "name-mismatch"
  | "not-deterministic"
  | "schema-invalid"
  | "defaults-invalid"
  | "parameters-refused"
  | "plan-empty"
  | "dimensions-wrong"
  | "media-type-wrong"
  | "media-type-not-allowed"
  | "rendition-malformed"
  | "nothing-rendered"
  | "golden-too-large"
  | "gate-crashed"
  | "version-taken"
  | "publish-superseded"
  | "publish-conflict"
  | "component-corrupt"
  | "precompile-refused"
  | "no-canary"
  | "no-previous"
  | "not-published"
  | "not-compiled"
  | "unknown";

/** The cost of a run. */
export interface Cost {
  /** Time until the last byte of the input had arrived, in milliseconds. */
  download_ms: number;
  /** Processor time of the transform, in milliseconds. */
  guest_cpu_ms: number;
  /** Peak memory of the transform, in bytes. */
  peak_memory_bytes: number;
  /**
   * Time from the first rendition until the last one was stored, in
   * milliseconds.
   */
  upload_ms: number;
  /**
   * Time from the first instruction of the transform to its last, including waits for the
   * download and the upload, in milliseconds.
   */
  wall_ms: number;
}

export type Digest = string;

/**
 * What browsers do with a rendition that is opened directly: the header `Content-Disposition`,
 * with a file name such as `photo-card-640.webp`.
 */
export type Disposition = "inline" | "attachment";

/** A canary that failed to render a picture. */
export interface FailedCanary {
  /** The stable code. */
  code: Code;
  /** The component's SHA-256 digest. */
  digest: Digest;
  /** The error, in one sentence. */
  message: string;
}

/** A rendition that a step read. */
export interface InputRecord {
  /** Its name. */
  rendition: string;
  /** The step that made it. */
  step: string;
}

/** A rendition that is not stored. */
export interface IntermediateRecord {
  /** Its size in bytes. */
  bytes: number;
  /** Its height in pixels; 0 if it is not a picture. */
  height: number;
  /** Its media type. */
  media_type: string;
  /** The transform's name for it. */
  name: string;
  /** SHA-256 digest of its bytes. */
  sha256: Digest;
  /** Its width in pixels; 0 if it is not a picture. */
  width: number;
}

export type KeyTemplate = string;

/** Who can fix a failure. */
export type Party = "uploader" | "author" | "configurator" | "operator";

/** A permanent failure. It is recorded next to the renditions, and not retried. */
export interface Rejection {
  /** Its stable code. */
  code: Code;
  /** Who can fix it. */
  mend: Party;
  /** The cause, in one sentence. */
  message: string;
  /** The remedy. */
  remedy: string;
}

/** A rendition that is stored. */
export interface RenditionRecord {
  /** Its attributes. */
  attributes?: [string, string][];
  /** Its size in bytes. */
  bytes: number;
  /** The transform's name for it, if different. */
  emitted_as?: string | null;
  /** The ETag that the store gave it. */
  etag: string;
  /** Its height in pixels; 0 if it is not a picture. */
  height: number;
  /** Its key in the destination bucket. */
  key: string;
  /** Its media type. */
  media_type: string;
  /** Its name. */
  name: string;
  /** SHA-256 digest of its bytes. */
  sha256: Digest;
  /** The run that made it, as an index into `steps`. */
  step?: number;
  /** Its width in pixels; 0 if it is not a picture. */
  width: number;
}

/** A rendition that is made on request, with an entry for each possible media type. */
export interface RequestedRecord {
  /** The run that failed to make it, as an index into `steps`. */
  failed?: number | null;
  /** The key that it will have in the destination bucket. */
  key: string;
  /** The media type that it will have. */
  media_type: string;
  /** Its name. */
  name: string;
  /** The step that makes it. */
  step: string;
}

/**
 * A run whose renditions are no longer named. They are tagged, and removed after a grace period
 * unless the run is needed again.
 */
export interface RetiredRecord {
  /**
   * SHA-256 digest over everything that its renditions depend on: the input, the component, the
   * parameters and the limits. Absent in records of version 1.
   */
  action?: Digest | null;
  /** The canary that failed before. */
  canary?: FailedCanary | null;
  /** Its cost. */
  cost: Cost;
  /** The error, if it failed. */
  error?: Rejection | null;
  /** The rendition that it read; the source, if absent. */
  input?: InputRecord | null;
  /** Renditions that later steps read and that were not stored. */
  intermediates?: IntermediateRecord[];
  /** Its limits. Absent in records of version 1. */
  limits?: StepLimits | null;
  /** The step's name. */
  name: string;
  /** The parameters, unless they are absent or long. */
  parameters?: unknown;
  /** SHA-256 digest of the parameters' JSON text. */
  parameters_sha256: Digest;
  /** When it ended (RFC 3339). */
  rendered_at: string;
  /** Its renditions. */
  renditions: RenditionRecord[];
  /** Whether the picture fails if this run fails. */
  required: boolean;
  /** Since when they are no longer named (RFC 3339). */
  retired_at: string;
  /** The ETag of the picture that it read. */
  source_etag: string;
  /** Its status. */
  status: StepStatus;
  /** The component. */
  transform: TransformRecord;
}

/** The parts of a route that affect stored renditions. */
export interface RouteRecord {
  /** The `Cache-Control` header. */
  cache_control?: string | null;
  /** What browsers do with a rendition that is opened directly. */
  disposition?: Disposition | null;
  /** The key template. */
  key_template: KeyTemplate;
  /** Its name. */
  name: string;
}

/** A picture. */
export interface SourceRecord {
  /** The source bucket. */
  bucket: string;
  /** Its size in bytes. */
  bytes: number;
  /** Its ETag, without quotes. */
  etag: string;
  /** Its key. */
  key: string;
  /** Its media type, as detected from its bytes. */
  media_type: string;
  /** Its version, in a versioned bucket. */
  version_id?: string | null;
}

/** The status of a picture. */
export type Status = "ready" | "failed";

/** Limits of a step for one picture. */
export interface StepLimits {
  /** The maximum size of the upload, in bytes. */
  max_bytes?: number;
  /** The maximum number of frames of an animation. */
  max_frames?: number;
  /** The maximum memory, in mebibytes; up to 2048. */
  max_memory_mib?: number;
  /** The maximum size of all renditions together, in mebibytes. */
  max_output_mib?: number;
  /** The maximum number of pixels, over all frames. */
  max_pixels?: number;
  /** The maximum time, in seconds. */
  max_seconds?: number;
}

/** One run of a component. */
export interface StepRecord {
  /**
   * SHA-256 digest over everything that its renditions depend on: the input, the component, the
   * parameters and the limits. Absent in records of version 1.
   */
  action?: Digest | null;
  /** The canary that failed before. */
  canary?: FailedCanary | null;
  /** Its cost. */
  cost: Cost;
  /** The error, if it failed. */
  error?: Rejection | null;
  /** The rendition that it read; the source, if absent. */
  input?: InputRecord | null;
  /** Renditions that later steps read and that were not stored. */
  intermediates?: IntermediateRecord[];
  /** Its limits. Absent in records of version 1. */
  limits?: StepLimits | null;
  /** The step's name. */
  name: string;
  /** The parameters, unless they are absent or long. */
  parameters?: unknown;
  /** SHA-256 digest of the parameters' JSON text. */
  parameters_sha256: Digest;
  /** When it ended (RFC 3339). */
  rendered_at: string;
  /** Whether the picture fails if this run fails. */
  required: boolean;
  /** Its status. */
  status: StepStatus;
  /** The component. */
  transform: TransformRecord;
}

/** The status of a run. */
export type StepStatus = "ready" | "failed" | "skipped" | "kept";

export type TransformName = string;

/** A component. */
export interface TransformRecord {
  /** The component's SHA-256 digest. */
  digest: Digest;
  /** The engine that it was compiled for. */
  engine: string;
  /** The transform's name. */
  name: TransformName;
  /** Its version. */
  version: string;
}
