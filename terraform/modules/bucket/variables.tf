variable "name" {
  description = "The bucket's name."
  type        = string
}

variable "versioned" {
  description = "Keep what is overwritten or deleted, for `noncurrent_days`."
  type        = bool
}

variable "noncurrent_days" {
  description = "Days that an overwritten or deleted object is kept."
  type        = number
  default     = 30
}

variable "expire_days" {
  description = "Days that objects are kept, by the prefix of their keys."
  type        = map(number)
  default     = {}
}

variable "expire_tagged" {
  description = "Days that objects with a tag are kept, counted from when they were written, by the tag's key."
  type        = map(object({ value = string, days = number }))
  default     = {}
}

variable "kms_key_arn" {
  description = "Key that objects are encrypted with. Without it, S3 encrypts with keys of its own."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the objects too."
  type        = bool
  default     = false
}

variable "statements" {
  description = "Statements of the bucket policy, besides the one that refuses requests without TLS."
  type        = any
  default     = []
}
