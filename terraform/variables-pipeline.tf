variable "pipeline" {
  description = <<-EOT
    The pipeline document: which transforms render which pictures, with which parameters and limits. In version 2, a route has steps or `ignore`; in version 1, it has one transform.
    Null if `pipeline.json` in the components bucket is managed elsewhere; the `limits` of routes are then not checked.
    Its type is `any` because the parameters are the transform's own; unknown names are refused.
  EOT
  type        = any
  default = {
    version = 1
    routes  = [{ name = "default", keys = ["**"], transform = "resize" }]
  }

  validation {
    condition     = var.pipeline == null || try(contains([1, 2], var.pipeline.version), false)
    error_message = "The pipeline document needs version = 2, or 1."
  }

  validation {
    condition     = var.pipeline == null || try(length(setsubtract(keys(var.pipeline), ["$schema", "version", "routes"])) == 0, false)
    error_message = "The pipeline document has only version, routes and optionally $schema."
  }

  validation {
    condition     = var.pipeline == null || try(length(var.pipeline.routes) > 0, false)
    error_message = "The pipeline document needs at least one route."
  }

  validation {
    condition = var.pipeline == null || try(alltrue([
      for route in var.pipeline.routes : length(setsubtract(keys(route), var.pipeline.version == 1 ? local.route_v1_names : local.route_names)) == 0
    ]), false)
    error_message = "A route has an unknown field. In version 2, the fields are: ${join(", ", local.route_names)}. In version 1: ${join(", ", local.route_v1_names)}."
  }

  validation {
    condition     = var.pipeline == null || try(alltrue([for route in var.pipeline.routes : can(regex("^.{1,64}$", route.name))]), false)
    error_message = "Every route needs a name of 1 to 64 characters."
  }

  validation {
    condition     = var.pipeline == null || try(length(distinct([for route in var.pipeline.routes : route.name])) == length(var.pipeline.routes), false)
    error_message = "Two routes have the same name."
  }

  validation {
    condition = var.pipeline == null || try(var.pipeline.version == 1, false) || try(alltrue([
      for route in var.pipeline.routes : try(length(route.steps), 0) <= (try(route.ignore, false) ? 0 : 16) && try(length(route.steps) > 0, route.ignore)
    ]), false)
    error_message = "A route of version 2 has 1 to 16 steps, or ignore = true and no steps."
  }

  validation {
    condition = var.pipeline == null || try(alltrue(flatten([
      for route in var.pipeline.routes : [for step in try(route.steps, []) : length(setsubtract(keys(step), local.step_names)) == 0]
    ])), false)
    error_message = "A step has an unknown field. The fields are: ${join(", ", local.step_names)}."
  }

  validation {
    condition = var.pipeline == null || try(alltrue(flatten([
      for route in var.pipeline.routes : [for step in try(route.steps, try(route.ignore, false) ? [] : [route]) : can(regex("^[a-z0-9-]{1,64}$", step.transform))]
    ])), false)
    error_message = "Every step, and every route of version 1, needs a transform, whose name has 1 to 64 lower-case letters, digits and hyphens."
  }

  validation {
    condition = var.pipeline == null || try(alltrue([
      for route in var.pipeline.routes : length(distinct([for step in try(route.steps, []) : try(coalesce(step.name), step.transform)])) == try(length(route.steps), 0)
    ]), false)
    error_message = "Two steps of a route have the same name, which is the transform's unless `name` is set."
  }

  validation {
    condition = var.pipeline == null || try(alltrue(flatten([
      for route in var.pipeline.routes : [for one in concat([route], try([for step in route.steps : step], [])) : [
        for name, limit in try(one.limits, {}) : contains(local.limit_names, name) && try(limit > 0 && (name == "max_seconds" || floor(limit) == limit), false)
      ]]
    ])), false)
    error_message = "A limit is a positive integer, except max_seconds, which may have a fraction; the limits are ${join(", ", local.limit_names)}."
  }

  validation {
    condition = var.pipeline == null || try(alltrue([
      for route in var.pipeline.routes : try(route.key_template, null) == null || try(
        can(regex("^([^{}]|{(key|rendition|extension|step|version)})*$", route.key_template))
        && strcontains(route.key_template, "{key}") && strcontains(route.key_template, "{rendition}")
      , false)
    ]), false)
    error_message = "A key_template has {key} and {rendition}, and may have {extension}, {step} and {version}."
  }
}

variable "default_transform" {
  description = "A component that the apply uploads, as its author would: `name` is the transform's, `path` the component's. Needs the publish function."
  type = object({
    name = optional(string, "resize")
    path = string
  })
  default = null

  validation {
    condition     = var.default_transform == null || var.publish_package != null
    error_message = "The default transform is published by the publish function: set publish_package, too."
  }

  validation {
    condition     = var.default_transform == null || can(regex("^[a-z0-9-]{1,64}$", var.default_transform.name))
    error_message = "A transform's name has lower-case letters, digits and hyphens."
  }
}

variable "prebuilt" {
  description = "Folder with a compiled transform from `python3 -m tools.prebuilt`, for a deployment without the publish function. The apply uploads it and makes it the active one, and the identity that applies may write artifacts."
  type        = string
  default     = null

  validation {
    condition     = var.prebuilt == null || var.publish_package == null
    error_message = "With a publish function, only that function writes artifacts: omit prebuilt, and set default_transform."
  }

  validation {
    condition     = var.prebuilt == null || try(length(fileset(var.prebuilt, "transforms/*/channels/stable.json")) > 0, false)
    error_message = "There is no compiled transform in that folder: create one with `python3 -m tools.prebuilt`."
  }
}
