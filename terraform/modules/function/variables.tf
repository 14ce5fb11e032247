variable "name" {
  description = "The function's name; its role and its log group are named after it."
  type        = string
}

variable "description" {
  description = "Description of the function."
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
  description = "Maximum concurrent invocations; null for the account's limit."
  type        = number
  default     = null
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
}

variable "environment_kms_key_arn" {
  description = "Key for encrypting the environment variables, instead of Lambda's own."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days to keep logs."
  type        = number
}

variable "log_kms_key_arn" {
  description = "Key for encrypting the logs, instead of CloudWatch's own."
  type        = string
  default     = null
}

variable "takes_events" {
  description = "Whether the function is invoked by events, and not only synchronously."
  type        = bool
  default     = true
}

variable "on_failure_queue_arn" {
  description = "Queue for events that failed permanently; required for a function that receives events."
  type        = string
  default     = null
}

variable "on_success_bus_arn" {
  description = "EventBridge bus that receives the function's responses to events."
  type        = string
  default     = null
}

variable "statements" {
  description = "Permissions of the function, in addition to writing its logs and forwarding the results of its events."
  type        = any
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role."
  type        = string
  default     = null
}
