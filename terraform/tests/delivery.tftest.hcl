# What must hold of delivery and of events: who is answered, by whom, and who is told.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
}

run "nothing_unless_it_is_asked_for" {
  command = plan

  assert {
    condition     = length(aws_cloudfront_distribution.this) + length(module.deliver) + length(module.announce) + length(aws_s3_bucket_notification.destination) + length(local.delivery_statements.destination) == 0
    error_message = "Delivery or events are enabled by default."
  }
}

run "delivered" {
  command = plan

  variables {
    delivery           = {}
    destination_bucket = { prefix = "out/" }
    trigger            = "sqs"
  }

  assert {
    condition = local.delivery_statements.destination == [{
      Sid       = "DistributionReads"
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::obscura-destination-123456789012-eu-central-1/out/*"
      Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudfront::123456789012:distribution/MOCK" } }
    }] && jsondecode(output.destination_bucket_statements) == local.delivery_statements.destination
    error_message = "The bucket's policy allows other principals than the distribution, or more than reading renditions."
  }

  assert {
    condition = anytrue([for statement in local.components_statements :
      statement.Resource == ["arn:aws:s3:::obscura-components-123456789012-eu-central-1/outcomes/*"]
      && contains(statement.Condition.ArnNotEquals["aws:PrincipalArn"], "arn:aws:iam::123456789012:role/obscura-deliver")
    ])
    error_message = "Outcomes of canaries for requests cannot be counted."
  }

  assert {
    condition     = aws_lambda_function_url.deliver[0].authorization_type == "AWS_IAM"
    error_message = "The deliver function accepts unsigned requests."
  }

  assert {
    condition = { for key, permission in aws_lambda_permission.distribution : permission.action => [permission.principal, permission.source_arn] } == {
      for action in ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"] : action => ["cloudfront.amazonaws.com", "arn:aws:cloudfront::123456789012:distribution/MOCK"]
    }
    error_message = "Another distribution may call the deliver function, or this one may not."
  }

  assert {
    condition = alltrue([for control in aws_cloudfront_origin_access_control.this : control.signing_behavior == "always"]) && alltrue([
      for origin in aws_cloudfront_distribution.this[0].origin : origin.origin_access_control_id == "mock-access"
    ]) && { for control in aws_cloudfront_origin_access_control.this : control.origin_access_control_origin_type => true } == { s3 = true, lambda = true }
    error_message = "Requests to an origin are not signed."
  }

  assert {
    condition = [for member in one(aws_cloudfront_distribution.this[0].origin_group).member : member.origin_id] == ["destination", "deliver"] && (
      one(one(aws_cloudfront_distribution.this[0].origin_group).failover_criteria).status_codes == toset([403, 404])
    )
    error_message = "The function is not invoked for exactly the missing objects."
  }

  assert {
    condition = alltrue([for parameters in aws_cloudfront_cache_policy.this[0].parameters_in_cache_key_and_forwarded_to_origin :
      one(parameters.cookies_config).cookie_behavior == "none"
      && one(parameters.query_strings_config).query_string_behavior == "none"
      && one(one(parameters.headers_config).headers).items == toset(["accept", "dpr", "sec-ch-dpr", "sec-ch-width", "width"])
    ])
    error_message = "Arbitrary client input reaches the origins or the cache key."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this[0].default_cache_behavior).allowed_methods == toset(["GET", "HEAD"])
    error_message = "Methods other than reads are allowed."
  }

  assert {
    condition     = !one(aws_cloudfront_distribution.this[0].default_cache_behavior).compress && !one(aws_cloudfront_cache_policy.this[0].parameters_in_cache_key_and_forwarded_to_origin).enable_accept_encoding_gzip
    error_message = "Pictures are compressed again."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this[0].default_cache_behavior).viewer_protocol_policy == "redirect-to-https"
    error_message = "Plain HTTP is answered with a picture."
  }

  assert {
    condition = one(one(aws_cloudfront_distribution.this[0].default_cache_behavior).function_association).event_type == "viewer-request" && (
      aws_cloudfront_function.this[0].code == file("delivery.js") && aws_cloudfront_function.this[0].publish
    )
    error_message = "URLs are not normalised before the cache lookup."
  }

  assert {
    condition = one(one(aws_cloudfront_response_headers_policy.this[0].security_headers_config).content_type_options).override && strcontains(
      one(one(aws_cloudfront_response_headers_policy.this[0].security_headers_config).content_security_policy).content_security_policy, "sandbox"
    )
    error_message = "A browser may sniff the type of a file, or execute it."
  }

  assert {
    condition     = [for item in one(aws_cloudfront_response_headers_policy.this[0].custom_headers_config).items : item.override if item.header == "Cache-Control"] == [false] && aws_cloudfront_cache_policy.this[0].default_ttl == 60
    error_message = "Mutable objects are cached for long, or immutable ones are not."
  }

  assert {
    condition     = length(aws_cloudfront_response_headers_policy.this[0].cors_config) == 0
    error_message = "Scripts of other sites may read renditions by default."
  }

  assert {
    condition     = module.deliver[0].settings.reserved_concurrency == 20
    error_message = "Readers may use up the concurrency of uploads."
  }

  assert {
    condition     = module.deliver[0].settings.environment.OBSCURA_FUNCTION == "deliver" && toset(keys(module.deliver[0].settings.environment)) == setunion(keys(local.transform_environment), ["OBSCURA_FUNCTION"])
    error_message = "The deliver function's environment is wrong."
  }

  # What it does for a picture is what an event would do.
  assert {
    condition = { for statement in jsondecode(module.deliver[0].policy).Statement : statement.Sid => [statement.Action, statement.Resource] if statement.Sid != "WriteLogs" } == {
      for statement in local.transform_statements : statement.Sid => [statement.Action, statement.Resource] if statement.Sid != "TakeEvents"
    }
    error_message = "The deliver function may do more, or less, than it needs."
  }

  assert {
    condition     = contains(output.alarm_names, "obscura-deliver-failures") && contains(output.alarm_names, "obscura-deliver-throttles")
    error_message = "There is no alarm for failed requests."
  }
}

run "delivered_as_it_is_asked_for" {
  command = plan

  variables {
    delivery = {
      aliases              = ["img.example.com"]
      certificate_arn      = "arn:aws:acm:us-east-1:123456789012:certificate/x"
      cors_origins         = ["https://www.example.com"]
      web_acl_arn          = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/y"
      log_bucket           = "logs"
      timeout_seconds      = 45
      reserved_concurrency = 3
    }
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this[0].viewer_certificate).acm_certificate_arn == "arn:aws:acm:us-east-1:123456789012:certificate/x" && one(aws_cloudfront_distribution.this[0].viewer_certificate).minimum_protocol_version == "TLSv1.2_2021"
    error_message = "The certificate is not used, or old TLS is."
  }

  assert {
    condition     = one(one(aws_cloudfront_response_headers_policy.this[0].cors_config).access_control_allow_origins).items == toset(["https://www.example.com"]) && !one(aws_cloudfront_response_headers_policy.this[0].cors_config).access_control_allow_credentials
    error_message = "Scripts of unlisted origins may read renditions."
  }

  assert {
    condition     = aws_cloudfront_distribution.this[0].web_acl_id == "arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/y"
    error_message = "The web ACL is not used."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this[0].logging_config).bucket == "logs.s3.amazonaws.com"
    error_message = "Access logs are not written to the bucket."
  }

  assert {
    condition     = flatten([for origin in aws_cloudfront_distribution.this[0].origin : origin.custom_origin_config[*].origin_read_timeout]) == [45]
    error_message = "CloudFront's timeout is not the deliver function's."
  }
}

run "announced" {
  command = plan

  variables {
    events             = {}
    destination_bucket = { prefix = "out/" }
  }

  assert {
    condition = aws_s3_bucket_notification.destination[0].lambda_function[0].filter_suffix == "/manifest.json" && aws_s3_bucket_notification.destination[0].lambda_function[0].filter_prefix == "out/" && (
      aws_s3_bucket_notification.destination[0].lambda_function[0].events == toset(["s3:ObjectCreated:*", "s3:ObjectRemoved:*"])
    )
    error_message = "The announce function is not triggered by exactly the manifests."
  }

  assert {
    condition     = aws_lambda_permission.destination[0].source_arn == "arn:aws:s3:::obscura-destination-123456789012-eu-central-1" && aws_lambda_permission.destination[0].source_account == "123456789012"
    error_message = "Buckets other than the destination may invoke the announce function."
  }

  assert {
    condition = { for statement in jsondecode(module.announce[0].policy).Statement : statement.Sid => [statement.Action, statement.Resource] if statement.Sid != "WriteLogs" } == {
      ReadManifests        = ["s3:GetObject", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1/out/*/manifest.json"]
      TellMissingManifests = ["s3:ListBucket", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1"]
      KeepFailedEvents     = ["sqs:SendMessage", "arn:aws:sqs:eu-central-1:123456789012:mock"]
      HandAnswersOn        = ["events:PutEvents", "arn:aws:events:eu-central-1:123456789012:event-bus/default"]
    }
    error_message = "The announce function's permissions are not exactly what it needs."
  }

  assert {
    condition     = module.announce[0].settings.environment.OBSCURA_FUNCTION == "announce"
    error_message = "The announce function has the wrong role."
  }

  assert {
    condition     = contains(output.alarm_names, "obscura-announce-lost")
    error_message = "There is no alarm for lost events."
  }
}

run "announced_from_somebody_elses_bucket" {
  command = plan

  variables {
    events             = { bus_arn = "arn:aws:events:eu-central-1:210987654321:event-bus/theirs" }
    destination_bucket = { name = "theirs", create = false, notify = false }
  }

  assert {
    condition     = length(aws_s3_bucket_notification.destination) == 0 && output.announce_function_arn != null
    error_message = "The notifications of an existing destination bucket are replaced."
  }

  assert {
    condition     = one([for statement in jsondecode(module.announce[0].policy).Statement : statement.Resource if statement.Sid == "HandAnswersOn"]) == "arn:aws:events:eu-central-1:210987654321:event-bus/theirs"
    error_message = "The wrong bus is used."
  }
}

run "keys_are_used" {
  command = plan

  variables {
    delivery           = {}
    events             = {}
    destination_bucket = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/destination" }
  }

  assert {
    condition     = [for statement in jsondecode(module.announce[0].policy).Statement : [statement.Action, statement.Resource] if statement.Sid == "DecryptManifests"] == [["kms:Decrypt", "arn:aws:kms:eu-central-1:123456789012:key/destination"]]
    error_message = "The announce function cannot decrypt manifests, or may use other keys."
  }
}
