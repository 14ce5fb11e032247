# CloudFront: the destination bucket first, then the deliver function for missing objects.

locals {
  # The statements of the bucket's policy for delivery.
  delivery_statements = {
    destination = [for distribution in aws_cloudfront_distribution.this : {
      Sid       = "DistributionReads"
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = local.destination_objects
      Condition = { StringEquals = { "aws:SourceArn" = distribution.arn } }
    }]
  }

  # Like the deliver function's responses for renditions that may change.
  default_ttl_seconds = 60
  origins             = { bucket = "destination", function = "deliver", both = "destination-then-deliver" }
}

resource "aws_cloudfront_distribution" "this" {
  count = local.delivers ? 1 : 0

  comment         = "Renditions of ${var.name}."
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = var.delivery.price_class
  aliases         = var.delivery.aliases
  web_acl_id      = var.delivery.web_acl_arn

  origin {
    origin_id                = local.origins.bucket
    domain_name              = "${local.bucket_names.destination}.s3.${local.region}.amazonaws.com"
    origin_access_control_id = aws_cloudfront_origin_access_control.this["s3"].id
  }

  origin {
    origin_id                = local.origins.function
    domain_name              = trimsuffix(trimprefix(aws_lambda_function_url.deliver[0].function_url, "https://"), "/")
    origin_access_control_id = aws_cloudfront_origin_access_control.this["lambda"].id

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      origin_read_timeout    = var.delivery.timeout_seconds
    }
  }

  # S3 answers 403 for a missing key, since the distribution may not list the bucket.
  origin_group {
    origin_id = local.origins.both

    failover_criteria {
      status_codes = [403, 404]
    }

    member {
      origin_id = local.origins.bucket
    }

    member {
      origin_id = local.origins.function
    }
  }

  default_cache_behavior {
    target_origin_id           = local.origins.both
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "redirect-to-https"
    cache_policy_id            = aws_cloudfront_cache_policy.this[0].id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this[0].id

    # Pictures are already compressed.
    compress = false

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.this[0].arn
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.delivery.certificate_arn == null
    acm_certificate_arn            = var.delivery.certificate_arn
    ssl_support_method             = var.delivery.certificate_arn == null ? null : "sni-only"
    minimum_protocol_version       = var.delivery.certificate_arn == null ? "TLSv1" : "TLSv1.2_2021"
  }

  dynamic "logging_config" {
    for_each = compact([var.delivery.log_bucket])

    content {
      bucket = "${logging_config.value}.s3.amazonaws.com"
      prefix = var.delivery.log_prefix
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}

# Every request to an origin is signed, so the origins refuse all others.
resource "aws_cloudfront_origin_access_control" "this" {
  for_each = toset(local.delivers ? ["s3", "lambda"] : [])

  name                              = "${var.name}-${each.key}-${local.region}"
  description                       = "The distribution of ${var.name} signs its requests."
  origin_access_control_origin_type = each.key
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# One canonical URL per object, one cache entry per accepted format: see the file.
resource "aws_cloudfront_function" "this" {
  count = local.delivers ? 1 : 0

  name    = "${var.name}-delivery-${local.region}"
  comment = "Canonical cache keys for URLs and Accept headers."
  runtime = "cloudfront-js-2.0"
  code    = file("${path.module}/delivery.js")
  publish = true
}

# Only the parts of a request that are in the cache key reach the origins.
resource "aws_cloudfront_cache_policy" "this" {
  count = local.delivers ? 1 : 0

  name        = "${var.name}-delivery-${local.region}"
  comment     = "Accept and client hints, as normalised by the function."
  min_ttl     = 0
  default_ttl = local.default_ttl_seconds
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = false
    enable_accept_encoding_brotli = false

    headers_config {
      header_behavior = "whitelist"

      headers {
        items = ["accept", "dpr", "sec-ch-dpr", "sec-ch-width", "width"]
      }
    }

    cookies_config {
      cookie_behavior = "none"
    }

    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  count = local.delivers ? 1 : 0

  name    = "${var.name}-delivery-${local.region}"
  comment = "Uploaded pictures are displayed, never executed."

  security_headers_config {
    content_type_options {
      override = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }

    # An uploaded SVG or page cannot run scripts if it is opened directly.
    content_security_policy {
      content_security_policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
      override                = true
    }
  }

  custom_headers_config {
    # Objects without Cache-Control, such as manifests, may change.
    items {
      header   = "Cache-Control"
      value    = "public, max-age=${local.default_ttl_seconds}, stale-while-revalidate=600"
      override = false
    }

    # Pages of other sites may display it, also with cross-origin isolation.
    items {
      header   = "Cross-Origin-Resource-Policy"
      value    = "cross-origin"
      override = true
    }
  }

  dynamic "cors_config" {
    for_each = length(var.delivery.cors_origins) > 0 ? [var.delivery.cors_origins] : []

    content {
      access_control_allow_credentials = false
      origin_override                  = true

      access_control_allow_origins {
        items = cors_config.value
      }

      access_control_allow_methods {
        items = ["GET", "HEAD"]
      }

      access_control_allow_headers {
        items = ["*"]
      }

      access_control_expose_headers {
        items = ["ETag", "x-obscura-code"]
      }
    }
  }
}
