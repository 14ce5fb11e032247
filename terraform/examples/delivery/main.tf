# Renditions for browsers through CloudFront, most of them made on request, and an event for each picture.

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
  description = "Path of the transform function's zip; the deliver and announce functions use it, too."
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

  pipeline = {
    version = 2
    routes = [{
      name          = "photos"
      key_template  = "{key}/{version}/{rendition}.{extension}"
      cache_control = "public, max-age=31536000, immutable"
      steps = [{
        transform = "resize"
        # Few of these are ever viewed. The thumbnail is shown in every list, so it is made at upload.
        when = { requested = ["card-*"] }
        parameters = { renditions = [
          { name = "thumbnail", width = 150, height = 150, format = "jpeg" },
          { name = "card", widths = [320, 640, 960, 1280], formats = ["webp", "jpeg"] },
        ] }
      }]
    }]
  }

  # With a name of your own: aliases and certificate_arn.
  delivery = { cors_origins = ["https://www.example.com"] }

  # Ready, failed, gone: on the account's default bus. See docs/deploying.md for the rule.
  events = {}
}

output "delivery_url" {
  description = "Pages show <delivery_url>/<key>/<rendition>."
  value       = module.obscura.delivery_url
}

output "author_policies" {
  description = "IAM policies for authors of components, by the transform's name."
  value       = module.obscura.author_policies
}

output "deployment" {
  description = "Data for `just status`, `logs`, `redrive`, `backfill` and `destroy`."
  value       = module.obscura.deployment
}
