variable "log_retention_days" {
  description = "Number of days that logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "log_kms_key_arn" {
  description = "Key that logs are encrypted with, instead of CloudWatch's own. Its policy must let `logs.<region>.amazonaws.com` use it."
  type        = string
  default     = null
}

variable "alarms" {
  description = <<-EOT
    Alarms on failures, dead letters, throttles, duration near the limit and rejected components.
    `emails`: addresses that are subscribed to a topic of this module; each must confirm once.
    `topic_arns`: additional topics to notify.
    `duration_share`: share of the timeout that an invocation may take.
  EOT
  type = object({
    enabled        = optional(bool, true)
    emails         = optional(list(string), [])
    topic_arns     = optional(list(string), [])
    duration_share = optional(number, 0.8)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for email in var.alarms.emails : can(regex("^[^@ ]+@[^@ ]+$", email))])
    error_message = "Each of alarms.emails is an e-mail address."
  }

  validation {
    condition     = alltrue([for arn in var.alarms.topic_arns : can(regex("^arn:[a-z-]+:sns:", arn))])
    error_message = "Each of alarms.topic_arns is the ARN of an SNS topic."
  }

  validation {
    condition     = var.alarms.duration_share > 0 && var.alarms.duration_share <= 1
    error_message = "The share of the timeout is above 0 and at most 1."
  }
}

variable "dashboard" {
  description = "Whether to create a CloudWatch dashboard."
  type        = bool
  default     = true
  nullable    = false
}
