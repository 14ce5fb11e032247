variable "name" {
  description = "The bucket's name."
  type        = string
}

variable "versioned" {
  description = "Keep overwritten and deleted objects for `noncurrent_days`."
  type        = bool
}

variable "noncurrent_days" {
  description = "Days to keep an overwritten or deleted object."
  type        = number
  default     = 30
}

variable "expire_days" {
  description = "Days to keep objects, by the prefix of their keys."
  type        = map(number)
  default     = {}
}

variable "expire_tagged" {
  description = "Days to keep objects with a tag, from the time of writing, by the tag's key."
  type        = map(object({ value = string, days = number }))
  default     = {}
}

variable "kms_key_arn" {
  description = "Key for encrypting objects. Without it, S3 uses its own keys."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether `terraform destroy` also deletes the objects."
  type        = bool
  default     = false
}

variable "statements" {
  description = "Statements of the bucket policy, in addition to the one that refuses requests without TLS."
  type        = any
  default     = []
}
