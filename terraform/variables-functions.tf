variable "transform_package" {
  description = "Path of the transform function's zip."
  type        = string
}

variable "publish_package" {
  description = "Path of the publish function's zip. Without it, components are compiled and written by an artifact writer."
  type        = string
  default     = null
}

variable "architecture" {
  description = "`x86_64` (the sandbox's best-tested target) or `arm64` (about a fifth cheaper). The packages must be built for it."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture is x86_64 or arm64."
  }
}

variable "transform_function" {
  description = <<-EOT
    Size of the transform function.
    `memory_mb`: at least the sum of the largest `max_memory_mib` of a route's steps, the `max_output_mib` of all of them, 96 MiB for the host, and 32 MiB for the source where several steps read it. 1,769 MB provide one processor.
    `timeout_seconds`: at least the sum of the `max_seconds` of all steps of a route for each event of a batch, and 10 s for downloads and uploads.
    `reserved_concurrency`: maximum number of concurrent invocations; null for the account's limit.
    `log_level`: the value of OBSCURA_LOG, such as `info` or `obscura=debug`.
  EOT
  type = object({
    memory_mb            = optional(number, 1769)
    timeout_seconds      = optional(number, 60)
    reserved_concurrency = optional(number)
    log_level            = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.transform_function.memory_mb >= 128 && var.transform_function.memory_mb <= 10240 && floor(var.transform_function.memory_mb) == var.transform_function.memory_mb
    error_message = "A Lambda function has 128 to 10,240 MB of memory."
  }

  validation {
    condition     = var.transform_function.timeout_seconds >= 1 && var.transform_function.timeout_seconds <= 900 && floor(var.transform_function.timeout_seconds) == var.transform_function.timeout_seconds
    error_message = "A Lambda function has a timeout of 1 to 900 seconds."
  }

  validation {
    condition     = var.transform_function.reserved_concurrency == null || try(var.transform_function.reserved_concurrency >= 0, false)
    error_message = "The reserved concurrency is 0 (stopped) or more."
  }
}

variable "publish_function" {
  description = "Size of the publish function, which compiles components and runs them on golden pictures; as `transform_function`."
  type = object({
    memory_mb            = optional(number, 3008)
    timeout_seconds      = optional(number, 300)
    reserved_concurrency = optional(number)
    log_level            = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.publish_function.memory_mb >= 1024 && var.publish_function.memory_mb <= 10240 && floor(var.publish_function.memory_mb) == var.publish_function.memory_mb
    error_message = "The compiler needs 1,024 MB of memory; Lambda gives at most 10,240."
  }

  validation {
    condition     = var.publish_function.timeout_seconds >= 60 && var.publish_function.timeout_seconds <= 900 && floor(var.publish_function.timeout_seconds) == var.publish_function.timeout_seconds
    error_message = "Proving a component takes up to a minute; Lambda gives at most 900 seconds."
  }

  validation {
    condition     = var.publish_function.reserved_concurrency == null || try(var.publish_function.reserved_concurrency >= 0, false)
    error_message = "The reserved concurrency is 0 (stopped) or more."
  }
}

variable "environment_kms_key_arn" {
  description = "Key that the functions' environment variables are encrypted with, instead of Lambda's own. They contain names, no secrets."
  type        = string
  default     = null
}
