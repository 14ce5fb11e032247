# The minimal configuration: three buckets, two functions, alarms and a dashboard. Idle, it
# costs about $4 a month beyond the free tier, mostly for the dashboard (docs/costs.md).

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

variable "publish_package" {
  description = "Path of the publish function's zip."
  type        = string
}

variable "default_transform" {
  description = "Path of the component that renders pictures until another is published."
  type        = string
}

module "obscura" {
  source = "../.."

  transform_package = var.transform_package
  publish_package   = var.publish_package
  default_transform = { path = var.default_transform }
}

output "source_bucket_name" {
  description = "Upload pictures here."
  value       = module.obscura.source_bucket_name
}

output "destination_bucket_name" {
  description = "Find renditions here."
  value       = module.obscura.destination_bucket_name
}

output "components_bucket_name" {
  description = "Publish components here, under incoming/."
  value       = module.obscura.components_bucket_name
}

output "author_policies" {
  description = "IAM policies for authors of components, by the transform's name."
  value       = module.obscura.author_policies
}

output "deployment" {
  description = "Data for `just status`, `logs`, `redrive`, `backfill` and `destroy`."
  value       = module.obscura.deployment
}
