variable "source_bucket" {
  description = <<-EOT
    Where pictures are uploaded.
    `name`: the bucket's name, `<name>-source-<account>-<region>` if null.
    `create`: false for an existing bucket, whose owner manages its encryption, policy and lifecycle.
    `prefix`: only keys that begin with it are rendered.
    `kms_key_arn`: key for the encryption of its objects.
    `versioned`: keep overwritten and deleted objects for `noncurrent_days`.
    `notify`: set the bucket's notifications; true for a created bucket, required for an existing one. A bucket has one notification configuration, and setting it replaces the existing one: set false if another configuration manages it, and send the events to the output `event_target_arn`, to the topic, or to EventBridge.
    `statements`: additional statements for the policy of a created bucket.
  EOT
  type = object({
    name            = optional(string)
    create          = optional(bool, true)
    prefix          = optional(string, "")
    kms_key_arn     = optional(string)
    versioned       = optional(bool, true)
    noncurrent_days = optional(number, 30)
    notify          = optional(bool)
    statements      = optional(any, [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.source_bucket.create || var.source_bucket.name != null
    error_message = "An existing source bucket needs its name."
  }

  validation {
    condition     = var.source_bucket.create || var.source_bucket.notify != null
    error_message = "The source bucket exists, and setting its notifications replaces the existing ones. `python3 -m tools.notifications BUCKET` shows them. Set notify = true if there are none, or they may be replaced; set notify = false if another configuration manages them, and send the events to what `notify` names."
  }

  validation {
    condition     = var.source_bucket.name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.source_bucket.name))
    error_message = "The source bucket's name is not valid in S3."
  }

  validation {
    condition     = !startswith(var.source_bucket.prefix, "/") && !can(regex("[*?]", var.source_bucket.prefix))
    error_message = "The source prefix must be the literal beginning of keys: no leading slash, no wildcards."
  }

  validation {
    condition     = var.source_bucket.noncurrent_days >= 1
    error_message = "Old versions are kept for at least one day."
  }
}

variable "destination_bucket" {
  description = <<-EOT
    Where renditions are written. As `source_bucket`; `versioned` is off, since renditions can be made again.
    `notify`: with `events`, set the bucket's notifications; as for `source_bucket`, required for an existing bucket.
    `unreferenced_grace_days`: days after which a rendition is removed that no manifest names any more and that is tagged `obscura-state=unreferenced`. S3 counts from the time of tagging, since tagging copies the object onto itself. 1 to 365. The owner of an existing bucket must set such a lifecycle rule.
    It may be the source bucket (`create = false` and its name) if both have prefixes that do not overlap.
  EOT
  type = object({
    name                    = optional(string)
    create                  = optional(bool, true)
    prefix                  = optional(string, "")
    kms_key_arn             = optional(string)
    versioned               = optional(bool, false)
    noncurrent_days         = optional(number, 30)
    unreferenced_grace_days = optional(number, 7)
    notify                  = optional(bool)
    statements              = optional(any, [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.destination_bucket.create || var.destination_bucket.name != null
    error_message = "An existing destination bucket needs its name."
  }

  validation {
    condition     = var.events == null || var.destination_bucket.create || var.destination_bucket.notify != null
    error_message = "The destination bucket exists, and setting its notifications replaces the existing ones. `python3 -m tools.notifications BUCKET` shows them. Set notify = true if there are none, or they may be replaced; set notify = false if another configuration manages them, and send events of keys that end with /manifest.json to the output `announce_function_arn`."
  }

  validation {
    condition     = var.destination_bucket.name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.destination_bucket.name))
    error_message = "The destination bucket's name is not valid in S3."
  }

  validation {
    condition     = !startswith(var.destination_bucket.prefix, "/") && !can(regex("[*?]", var.destination_bucket.prefix))
    error_message = "The destination prefix must be the literal beginning of keys: no leading slash, no wildcards."
  }

  validation {
    condition     = var.destination_bucket.noncurrent_days >= 1
    error_message = "Old versions are kept for at least one day."
  }

  validation {
    condition     = var.destination_bucket.unreferenced_grace_days >= 1 && var.destination_bucket.unreferenced_grace_days <= 365 && floor(var.destination_bucket.unreferenced_grace_days) == var.destination_bucket.unreferenced_grace_days
    error_message = "Renditions that no manifest names are kept for 1 to 365 days, in whole days."
  }
}

variable "components_bucket" {
  description = <<-EOT
    Where components, their artifacts and the pipeline document are stored. As `source_bucket`.
    The policy of an existing bucket must contain the statements of the output `components_bucket_statements`.
    `incoming_days`, `reports_days`: days after which uploads and their reports are removed; null keeps them. Golden pictures are also uploads, and are used by each later publication. An apply uploads the default transform again if it has been removed, so `incoming_days` cannot be combined with it.
  EOT
  type = object({
    name            = optional(string)
    create          = optional(bool, true)
    kms_key_arn     = optional(string)
    versioned       = optional(bool, true)
    noncurrent_days = optional(number, 90)
    incoming_days   = optional(number)
    reports_days    = optional(number)
    notify          = optional(bool)
    statements      = optional(any, [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.components_bucket.create || var.components_bucket.name != null
    error_message = "An existing components bucket needs its name."
  }

  validation {
    condition     = var.components_bucket.create || var.components_bucket.notify != null || var.publish_package == null
    error_message = "The components bucket exists, and setting its notifications replaces the existing ones. `python3 -m tools.notifications BUCKET` shows them. Set notify = true if there are none, or they may be replaced; set notify = false if another configuration manages them, and send the events to what `notify` names."
  }

  validation {
    condition     = var.components_bucket.name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.components_bucket.name))
    error_message = "The components bucket's name is not valid in S3."
  }

  validation {
    condition     = var.components_bucket.noncurrent_days >= 1
    error_message = "Old versions are kept for at least one day."
  }

  validation {
    condition     = alltrue([for days in [var.components_bucket.incoming_days, var.components_bucket.reports_days] : days == null || try(days >= 1 && floor(days) == days, false)])
    error_message = "Uploads and reports are kept for at least one day, in whole days."
  }

  validation {
    condition     = var.components_bucket.incoming_days == null || var.default_transform == null
    error_message = "The default transform is an upload: after incoming_days, the next apply would publish it again, and replace newer components. Omit one of them."
  }
}

variable "artifact_writer_arns" {
  description = "Roles that may write artifacts and channel pointers in addition to the publish function. Their artifacts run in the sandbox without checks."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.artifact_writer_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "Each artifact writer is the ARN of one role or user, without wildcards."
  }
}

variable "pipeline_writer_arns" {
  description = "The only roles and users that may write `pipeline.json`, regardless of other identities' policies. Include the identity that applies, if `pipeline` is set here, and operators. Null leaves it to each identity's own policies."
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for arn in coalesce(var.pipeline_writer_arns, []) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "Each pipeline writer is the ARN of one role or user, without wildcards."
  }
}

variable "authors" {
  description = "Authors of transforms: ARNs of roles and users, by transform name. The policy of a created components bucket lets them upload the transform and read its reports. The output `author_policies` has equivalent IAM policies for each transform that is named here or used by a route."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.authors) : can(regex("^[a-z0-9-]{1,64}$", name))])
    error_message = "Authors are listed by the name of a transform: lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for arn in flatten(values(var.authors)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "Each author is the ARN of one role or user, without wildcards."
  }
}
