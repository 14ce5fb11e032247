variable "name" {
  description = "Prefix of the names of all resources; one deployment per name, account and region."
  type        = string
  default     = "obscura"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "The name has 3 to 24 characters: lower-case letters, digits and hyphens, beginning with a letter and ending with a letter or digit. Bucket names contain it."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the objects in the buckets that this module created. Leave it off if the pictures are valuable."
  type        = bool
  default     = false
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles, if the account requires one."
  type        = string
  default     = null
}
