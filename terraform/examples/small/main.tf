# The smallest deployment, for thumbnails: three buckets and one function, with a precompiled
# `resize`. No publish function, no alarms, no dashboard.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {}

variable "transform_package" {
  description = "Path of the transform function's zip."
  type        = string
}

variable "prebuilt" {
  description = "Folder with the compiled transform from `python3 -m tools.prebuilt`."
  type        = string
}

module "obscura" {
  source = "../.."

  transform_package = var.transform_package
  prebuilt          = var.prebuilt
  dashboard         = false
  alarms            = { enabled = false }
}

output "source_bucket_name" {
  description = "Upload pictures here."
  value       = module.obscura.source_bucket_name
}

output "destination_bucket_name" {
  description = "Find renditions here."
  value       = module.obscura.destination_bucket_name
}

output "author_policies" {
  description = "IAM policies for authors of components, by the transform's name."
  value       = module.obscura.author_policies
}

output "deployment" {
  description = "Data for `just status`, `logs`, `redrive`, `backfill` and `destroy`."
  value       = module.obscura.deployment
}
