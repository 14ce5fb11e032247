// The record of a picture, at `<key>/manifest.json`, in version 2.
// Made of manifest.schema.json by `just schema`; do not edit.

/**
 * The one record of a picture, at `<key>/manifest.json`: which picture it is,
 * what was made of it by which components, or why it could not be made. It is
 * written after the renditions, on condition that nobody else has written it
 * meanwhile, and is what makes them count.
 */
export interface Manifest {
  /** Why this record was written. */
  cause?: Cause;
  /** When this record was written (RFC 3339). */
  rendered_at: string;
  /** The renditions that are stored. */
  renditions: RenditionRecord[];
  /**
   * What is planned, and made when somebody asks for it. What was made stands
   * among the renditions.
   */
  requested?: RequestedRecord[];
  /**
   * What was named before and still is there, to go back to: complete runs
   * under keys of their own.
   */
  retired?: RetiredRecord[];
  /** The route that the picture took. */
  route: RouteRecord;
  /** The picture. */
  source: SourceRecord;
  /** What became of the picture. */
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

/** What a run of a component cost. */
export interface Cost {
  /** Time until the last byte of the input had arrived, in milliseconds. */
  download_ms: number;
  /** Processor time of the transform, in milliseconds. */
  guest_cpu_ms: number;
  /** The most memory that the transform used, in bytes. */
  peak_memory_bytes: number;
  /**
   * Time from the first rendition until the last one was stored, in
   * milliseconds.
   */
  upload_ms: number;
  /**
   * Time from the first instruction of the transform to its last, waiting
   * for the download and for room to upload included, in milliseconds.
   */
  wall_ms: number;
}

export type Digest = string;

/**
 * What browsers do with a rendition that is opened by itself: the header
 * `Content-Disposition`, with a file name such as `photo-card-640.webp`.
 */
export type Disposition = "inline" | "attachment";

/** A canary that was to render a picture, and did not. */
export interface FailedCanary {
  /** The stable code. */
  code: Code;
  /** The component's SHA-256 digest. */
  digest: Digest;
  /** What went wrong, in one sentence. */
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
  /** What the transform calls it. */
  name: string;
  /** SHA-256 digest of its bytes. */
  sha256: Digest;
  /** Its width in pixels; 0 if it is not a picture. */
  width: number;
}

export type KeyTemplate = string;

/** Who can mend a failure. */
export type Party = "uploader" | "author" | "configurator" | "operator";

/**
 * It would fail again however often it is tried. It is recorded beside the
 * renditions, and not retried.
 */
export interface Rejection {
  /** What it is called. */
  code: Code;
  /** Who can mend it. */
  mend: Party;
  /** What is wrong, in one sentence. */
  message: string;
  /** What to do about it. */
  remedy: string;
}

/** A rendition that is stored. */
export interface RenditionRecord {
  /** Further facts about it. */
  attributes?: [string, string][];
  /** Its size in bytes. */
  bytes: number;
  /** What the transform calls it, if that is not its name. */
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

/**
 * A rendition that is made when somebody asks for it. Of one that may have
 * several media types there is an entry for each.
 */
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
 * A run whose renditions nothing names any more. They are tagged, and removed
 * after a grace of days unless the run is what is wanted again.
 */
export interface RetiredRecord {
  /**
   * SHA-256 digest over all that its renditions depend on: the input, the
   * component, the parameters and the limits. Absent in what version 1 wrote.
   */
  action?: Digest | null;
  /** The canary that was to do it, and failed. */
  canary?: FailedCanary | null;
  /** What it cost. */
  cost: Cost;
  /** Why it failed. */
  error?: Rejection | null;
  /** The rendition that it read; the source, if absent. */
  input?: InputRecord | null;
  /** Renditions that were read by later steps and not stored. */
  intermediates?: IntermediateRecord[];
  /** How much it might cost. Absent in what version 1 wrote. */
  limits?: StepLimits | null;
  /** The step's name. */
  name: string;
  /** The parameters, unless there are none or their text is long. */
  parameters?: unknown;
  /** SHA-256 digest of the parameters' JSON text. */
  parameters_sha256: Digest;
  /** When it ended (RFC 3339). */
  rendered_at: string;
  /** Its renditions. */
  renditions: RenditionRecord[];
  /** Whether the picture fails if it does. */
  required: boolean;
  /** Since when nothing names them (RFC 3339). */
  retired_at: string;
  /** The ETag of the picture that it was made of. */
  source_etag: string;
  /** What became of it. */
  status: StepStatus;
  /** The component. */
  transform: TransformRecord;
}

/** What of a route shows in what is stored. */
export interface RouteRecord {
  /** The `Cache-Control` header. */
  cache_control?: string | null;
  /** What browsers do with a rendition that is opened by itself. */
  disposition?: Disposition | null;
  /** How keys are made. */
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
  /** Its media type, as its bytes tell it. */
  media_type: string;
  /** Its version, in a bucket that keeps versions. */
  version_id?: string | null;
}

/** What became of a picture. */
export type Status = "ready" | "failed";

/** How much a picture may cost a step. */
export interface StepLimits {
  /** The most bytes that the upload may have. */
  max_bytes?: number;
  /** The most frames of an animation. */
  max_frames?: number;
  /** The most memory, in mebibytes; up to 2048. */
  max_memory_mib?: number;
  /** The most that all renditions may have together, in mebibytes. */
  max_output_mib?: number;
  /** The most pixels, all frames counted. */
  max_pixels?: number;
  /** The most time, in seconds. */
  max_seconds?: number;
}

/** One run of a component. */
export interface StepRecord {
  /**
   * SHA-256 digest over all that its renditions depend on: the input, the
   * component, the parameters and the limits. Absent in what version 1 wrote.
   */
  action?: Digest | null;
  /** The canary that was to do it, and failed. */
  canary?: FailedCanary | null;
  /** What it cost. */
  cost: Cost;
  /** Why it failed. */
  error?: Rejection | null;
  /** The rendition that it read; the source, if absent. */
  input?: InputRecord | null;
  /** Renditions that were read by later steps and not stored. */
  intermediates?: IntermediateRecord[];
  /** How much it might cost. Absent in what version 1 wrote. */
  limits?: StepLimits | null;
  /** The step's name. */
  name: string;
  /** The parameters, unless there are none or their text is long. */
  parameters?: unknown;
  /** SHA-256 digest of the parameters' JSON text. */
  parameters_sha256: Digest;
  /** When it ended (RFC 3339). */
  rendered_at: string;
  /** Whether the picture fails if it does. */
  required: boolean;
  /** What became of it. */
  status: StepStatus;
  /** The component. */
  transform: TransformRecord;
}

/** What became of a run. */
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
