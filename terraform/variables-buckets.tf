variable "source_bucket" {
  description = <<-EOT
    Where pictures are uploaded.
    `name`: the bucket's name, `<name>-source-<account>-<region>` if null.
    `create`: false for a bucket that exists; its encryption, policy and lifecycle stay its owner's.
    `prefix`: only keys that begin with it are rendered.
    `kms_key_arn`: key that its objects are encrypted with.
    `versioned`: keep what is overwritten or deleted, for `noncurrent_days`.
    `notify`: set the bucket's notifications. A bucket has one notification configuration: set it to false where another module owns it, and send the events to the output `event_target_arn`.
    `statements`: more statements for the policy of a created bucket.
  EOT
  type = object({
    name            = optional(string)
    create          = optional(bool, true)
    prefix          = optional(string, "")
    kms_key_arn     = optional(string)
    versioned       = optional(bool, true)
    noncurrent_days = optional(number, 30)
    notify          = optional(bool, true)
    statements      = optional(any, [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.source_bucket.create || var.source_bucket.name != null
    error_message = "An existing source bucket needs its name."
  }

  validation {
    condition     = var.source_bucket.name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.source_bucket.name))
    error_message = "The source bucket's name is not one that S3 takes."
  }

  validation {
    condition     = !startswith(var.source_bucket.prefix, "/") && !can(regex("[*?]", var.source_bucket.prefix))
    error_message = "The source prefix is the beginning of keys, as it is: no leading slash, no wildcards."
  }

  validation {
    condition     = var.source_bucket.noncurrent_days >= 1
    error_message = "Old versions are kept for at least one day."
  }
}

variable "destination_bucket" {
  description = <<-EOT
    Where renditions go. As `source_bucket`; `versioned` is off, since renditions can be made again.
    It may be the source bucket (`create = false` and its name) if both have prefixes that do not overlap.
  EOT
  type = object({
    name            = optional(string)
    create          = optional(bool, true)
    prefix          = optional(string, "")
    kms_key_arn     = optional(string)
    versioned       = optional(bool, false)
    noncurrent_days = optional(number, 30)
    statements      = optional(any, [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.destination_bucket.create || var.destination_bucket.name != null
    error_message = "An existing destination bucket needs its name."
  }

  validation {
    condition     = var.destination_bucket.name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.destination_bucket.name))
    error_message = "The destination bucket's name is not one that S3 takes."
  }

  validation {
    condition     = !startswith(var.destination_bucket.prefix, "/") && !can(regex("[*?]", var.destination_bucket.prefix))
    error_message = "The destination prefix is the beginning of keys, as it is: no leading slash, no wildcards."
  }

  validation {
    condition     = var.destination_bucket.noncurrent_days >= 1
    error_message = "Old versions are kept for at least one day."
  }
}

variable "components_bucket" {
  description = <<-EOT
    Where components, their artifacts and the pipeline document are. As `source_bucket`.
    The policy of an existing bucket must hold the statements of the output `components_bucket_statements`.
  EOT
  type = object({
    name            = optional(string)
    create          = optional(bool, true)
    kms_key_arn     = optional(string)
    versioned       = optional(bool, true)
    noncurrent_days = optional(number, 90)
    notify          = optional(bool, true)
    statements      = optional(any, [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.components_bucket.create || var.components_bucket.name != null
    error_message = "An existing components bucket needs its name."
  }

  validation {
    condition     = var.components_bucket.name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.components_bucket.name))
    error_message = "The components bucket's name is not one that S3 takes."
  }

  validation {
    condition     = var.components_bucket.noncurrent_days >= 1
    error_message = "Old versions are kept for at least one day."
  }
}

variable "artifact_writer_arns" {
  description = "Roles that may write artifacts and channel pointers besides the publish function, such as the one an operator assumes for a rollback. What they write runs in the sandbox unchecked."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.artifact_writer_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "Each artifact writer is the ARN of one role or user, without wildcards."
  }
}
