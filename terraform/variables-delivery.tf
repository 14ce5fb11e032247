variable "delivery" {
  description = <<-EOT
    Deliver renditions to browsers: a CloudFront distribution in front of the destination bucket and, behind that, the deliver function, which makes renditions on request (`"when": "requested"`). Null for none.
    `aliases`: host names, with `certificate_arn`, an ACM certificate for them in us-east-1.
    `cors_origins`: origins whose scripts may read renditions, such as `https://www.example.com`, or `*`. Displaying them needs none.
    `price_class`: `PriceClass_100` (North America and Europe), `PriceClass_200` or `PriceClass_All`.
    `web_acl_arn`: a web ACL of WAF, in us-east-1.
    `log_bucket`, `log_prefix`: an existing bucket with ACLs enabled that gets CloudFront's access logs.
    `memory_mb`, `timeout_seconds`, `log_level`: of the deliver function, as `transform_function`; CloudFront waits for up to 60 seconds.
    `reserved_concurrency`: the maximum number of concurrent requests to the deliver function, so that readers do not use up the concurrency that uploads need; null to share the account's limit.
  EOT
  type = object({
    aliases              = optional(list(string), [])
    certificate_arn      = optional(string)
    cors_origins         = optional(list(string), [])
    price_class          = optional(string, "PriceClass_100")
    web_acl_arn          = optional(string)
    log_bucket           = optional(string)
    log_prefix           = optional(string, "")
    memory_mb            = optional(number, 1769)
    timeout_seconds      = optional(number, 30)
    reserved_concurrency = optional(number, 20)
    log_level            = optional(string)
  })
  default = null

  validation {
    condition     = var.delivery == null || try((length(var.delivery.aliases) > 0) == (var.delivery.certificate_arn != null), false)
    error_message = "Aliases need a certificate, and a certificate needs aliases."
  }

  validation {
    condition     = try(var.delivery.certificate_arn, null) == null || can(regex("^arn:[a-z-]+:acm:us-east-1:[0-9]{12}:certificate/", var.delivery.certificate_arn))
    error_message = "CloudFront accepts only ACM certificates in us-east-1, whatever the pipeline's region."
  }

  validation {
    condition     = alltrue([for origin in try(var.delivery.cors_origins, []) : origin == "*" || can(regex("^https?://[^/*]+$", origin))])
    error_message = "An origin is a scheme, a host and an optional port, without a path, such as https://www.example.com, or *."
  }

  validation {
    condition     = var.delivery == null || contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], try(var.delivery.price_class, ""))
    error_message = "The price class is PriceClass_100, PriceClass_200 or PriceClass_All."
  }

  validation {
    condition     = var.delivery == null || try(var.delivery.timeout_seconds >= 1 && var.delivery.timeout_seconds <= 60, false)
    error_message = "CloudFront waits for an origin for 1 to 60 seconds."
  }

  validation {
    condition     = var.delivery == null || try(var.delivery.memory_mb >= 128 && var.delivery.memory_mb <= 10240 && floor(var.delivery.memory_mb) == var.delivery.memory_mb, false)
    error_message = "A Lambda function has 128 to 10,240 MB of memory."
  }

  validation {
    condition     = try(var.delivery.reserved_concurrency, null) == null || try(var.delivery.reserved_concurrency >= 0, false)
    error_message = "The reserved concurrency is 0 (stopped) or more."
  }

  validation {
    condition     = try(var.delivery.web_acl_arn, null) == null || can(regex("^arn:[a-z-]+:wafv2:us-east-1:[0-9]{12}:global/webacl/", var.delivery.web_acl_arn))
    error_message = "The web ACL is the ARN of a global WAF web ACL, in us-east-1."
  }
}

variable "events" {
  description = <<-EOT
    Send an event to EventBridge when a picture is ready, has failed or is gone: a function reads each manifest that S3 notifies it of, and its response is sent to a bus. Null for none. See docs/deploying.md for a rule that receives them.
    `bus_arn`: the bus; the account's default one, if null.
    `memory_mb`, `timeout_seconds`, `reserved_concurrency`, `log_level`: of the function, as `transform_function`.
  EOT
  type = object({
    bus_arn              = optional(string)
    memory_mb            = optional(number, 256)
    timeout_seconds      = optional(number, 30)
    reserved_concurrency = optional(number)
    log_level            = optional(string)
  })
  default = null

  validation {
    condition     = try(var.events.bus_arn, null) == null || can(regex("^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]+$", var.events.bus_arn))
    error_message = "The bus is the ARN of an EventBridge bus, without wildcards."
  }

  validation {
    condition     = var.events == null || try(var.events.memory_mb >= 128 && var.events.memory_mb <= 10240 && floor(var.events.memory_mb) == var.events.memory_mb, false)
    error_message = "A Lambda function has 128 to 10,240 MB of memory."
  }

  validation {
    condition     = var.events == null || try(var.events.timeout_seconds >= 1 && var.events.timeout_seconds <= 900, false)
    error_message = "A Lambda function has a timeout of 1 to 900 seconds."
  }
}
