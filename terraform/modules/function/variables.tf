variable "name" {
  description = "The function's name; its role and its log group are named after it."
  type        = string
}

variable "description" {
  description = "What the function does."
  type        = string
}

variable "package" {
  description = "Path of the zip with the function's `bootstrap`."
  type        = string
}

variable "architecture" {
  description = "`x86_64` or `arm64`, as the package was built."
  type        = string
}

variable "memory_mb" {
  description = "Memory of the function; 1,769 MB come with one processor."
  type        = number
}

variable "timeout_seconds" {
  description = "Time limit of one invocation."
  type        = number
}

variable "reserved_concurrency" {
  description = "The most invocations at a time; null for the account's limit."
  type        = number
  default     = null
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
}

variable "environment_kms_key_arn" {
  description = "Key that the environment variables are encrypted with, instead of Lambda's own."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "log_kms_key_arn" {
  description = "Key that the logs are encrypted with, instead of CloudWatch's own."
  type        = string
  default     = null
}

variable "takes_events" {
  description = "Whether events start the function, and not only requests that wait for the answer."
  type        = bool
  default     = true
}

variable "on_failure_queue_arn" {
  description = "Queue for events that failed for good; needed for a function that takes events."
  type        = string
  default     = null
}

variable "on_success_bus_arn" {
  description = "Bus of EventBridge that gets what the function answers to events."
  type        = string
  default     = null
}

variable "statements" {
  description = "What the function may do, besides writing its logs and handing on what became of its events."
  type        = any
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role."
  type        = string
  default     = null
}
