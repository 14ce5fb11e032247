variable "name" {
  description = "Prefix of the names of all resources."
  type        = string
  default     = "obscura"
}

variable "architecture" {
  description = "x86_64 or arm64, as the packages were built."
  type        = string
  default     = "x86_64"
}

variable "trigger" {
  description = "direct, sqs, sns or eventbridge."
  type        = string
  default     = "sqs"
}

variable "queued" {
  description = "Whether sns and eventbridge put events into a queue."
  type        = bool
  default     = false
}

variable "topic" {
  description = "The topic of the trigger sns."
  type        = object({ arn = string, raw = optional(bool, false) })
  default     = null
}

variable "force_destroy" {
  description = "Whether destroy also deletes the objects."
  type        = bool
  default     = false
}

variable "transform_package" {
  description = "Path of the transform function's zip."
  type        = string
}

variable "publish_package" {
  description = "Path of the publish function's zip."
  type        = string
}

variable "default_transform" {
  description = "Path of the component that renders pictures until another is published."
  type        = string
}

variable "alarm_emails" {
  description = "Recipients of alarms."
  type        = list(string)
  default     = []
}
