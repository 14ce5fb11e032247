# What must hold of every deployment: who may do what, and where events go.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
  publish_package   = "./tests/fixtures/package.zip"
}

run "the_least" {
  command = plan

  variables {
    publish_package = null
  }

  assert {
    condition     = local.bucket_names == { for role in ["source", "destination", "components"] : role => "obscura-${role}-123456789012-eu-central-1" }
    error_message = "The buckets have other names than the documents say."
  }

  assert {
    condition     = keys(module.bucket) == ["components", "destination", "source"]
    error_message = "A bucket is not created."
  }

  assert {
    condition     = aws_s3_bucket_notification.source[0].lambda_function[0].events == toset(["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"])
    error_message = "Uploads or deletes go unseen."
  }

  assert {
    condition     = aws_lambda_permission.source[0].source_arn == "arn:aws:s3:::obscura-source-123456789012-eu-central-1" && aws_lambda_permission.source[0].source_account == "123456789012"
    error_message = "A bucket besides the source may start the function."
  }

  assert {
    condition     = jsondecode(aws_s3_object.pipeline[0].content) == { version = 1, routes = [{ name = "default", keys = ["**"], transform = "resize" }] }
    error_message = "The pipeline document is not what was given."
  }

  assert {
    condition     = output.publish_function_name == null && output.events_queue_url == null
    error_message = "There is more than was asked for."
  }

  # An operator without a publish function still cannot have everybody write artifacts.
  assert {
    condition     = jsondecode(output.components_bucket_statements)[0].Condition.ArnNotEquals["aws:PrincipalArn"] == ["arn:aws:iam::123456789012:role/obscura-publish"]
    error_message = "Artifacts can be written by others."
  }
}

run "the_transform_function_reads_and_writes_where_it_should" {
  command = plan

  variables {
    source_bucket      = { prefix = "in/" }
    destination_bucket = { prefix = "out/" }
  }

  assert {
    condition = { for statement in local.transform_statements : statement.Sid => [statement.Action, statement.Resource] } == {
      ReadSource             = ["s3:GetObject", "arn:aws:s3:::obscura-source-123456789012-eu-central-1/in/*"]
      TellMissingSource      = ["s3:ListBucket", "arn:aws:s3:::obscura-source-123456789012-eu-central-1"]
      ReadDestination        = ["s3:GetObject", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1/out/*"]
      WriteDestination       = ["s3:PutObject", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1/out/*"]
      DeleteFromDestination  = ["s3:DeleteObject", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1/out/*"]
      TellMissingDestination = ["s3:ListBucket", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1"]
      ReadComponents         = ["s3:GetObject", ["arn:aws:s3:::obscura-components-123456789012-eu-central-1/pipeline.json", "arn:aws:s3:::obscura-components-123456789012-eu-central-1/transforms/*"]]
      CountOutcomes          = ["s3:PutObject", "arn:aws:s3:::obscura-components-123456789012-eu-central-1/outcomes/*"]
      TellMissingComponents  = ["s3:ListBucket", "arn:aws:s3:::obscura-components-123456789012-eu-central-1"]
    }
    error_message = "The transform function may do more, or less, than it needs."
  }

  assert {
    condition     = aws_s3_bucket_notification.source[0].lambda_function[0].filter_prefix == "in/"
    error_message = "Events of other keys start the function."
  }
}

run "only_the_publish_function_writes_artifacts" {
  command = plan

  assert {
    condition = anytrue([for statement in local.components_statements :
      statement.Effect == "Deny" && statement.Principal == "*"
      && alltrue([for action in ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"] : contains(statement.Action, action)])
      && alltrue([for folder in ["transforms", "reports"] : contains(statement.Resource, "arn:aws:s3:::obscura-components-123456789012-eu-central-1/${folder}/*")])
      && statement.Condition.ArnNotEquals["aws:PrincipalArn"] == ["arn:aws:iam::123456789012:role/obscura-publish"]
    ])
    error_message = "Somebody besides the publish function may write artifacts."
  }

  assert {
    condition = alltrue([for statement in local.transform_statements :
      !contains(flatten([statement.Action]), "s3:PutObject") || !strcontains(jsonencode(statement.Resource), "components")
      || statement.Resource == "arn:aws:s3:::obscura-components-123456789012-eu-central-1/outcomes/*"
    ])
    error_message = "The transform function may write into the components bucket, beside outcomes/."
  }

  assert {
    condition = alltrue([for statement in local.publish_statements :
      !strcontains(jsonencode(statement.Resource), "-source-") && !strcontains(jsonencode(statement.Resource), "-destination-")
    ])
    error_message = "The publish function sees pictures."
  }

  assert {
    condition = alltrue([for statement in jsondecode(output.author_policy).Statement :
      statement.Action != "s3:PutObject" || statement.Resource == "arn:aws:s3:::obscura-components-123456789012-eu-central-1/incoming/*"
    ])
    error_message = "An author may write beside incoming/."
  }

  assert {
    condition     = toset(aws_s3_bucket_notification.components[0].lambda_function[*].filter_prefix) == toset(["incoming/", "outcomes/"])
    error_message = "The publish function would start itself."
  }

  assert {
    condition     = aws_lambda_permission.components[0].source_arn == "arn:aws:s3:::obscura-components-123456789012-eu-central-1" && aws_lambda_permission.components[0].source_account == "123456789012"
    error_message = "A bucket besides the components bucket may start the publish function."
  }
}

run "through_a_queue" {
  command = plan

  variables {
    trigger            = "sqs"
    transform_function = { timeout_seconds = 100 }
    queue              = { batch_size = 3, maximum_concurrency = 7, max_receives = 4 }
  }

  assert {
    condition     = length(aws_lambda_permission.source) == 0 && length(aws_s3_bucket_notification.source[0].lambda_function) == 0 && length(aws_s3_bucket_notification.source[0].queue) == 1
    error_message = "Events take two ways."
  }

  assert {
    condition     = aws_sqs_queue.events[0].visibility_timeout_seconds == 600
    error_message = "A message that is being worked on is handed out again."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.events[0].redrive_policy).maxReceiveCount == 4
    error_message = "An event that fails is tried for ever."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.events[0].function_response_types == toset(["ReportBatchItemFailures"]) && one(aws_lambda_event_source_mapping.events[0].scaling_config).maximum_concurrency == 7
    error_message = "One event that fails fails its batch, or the queue is not bounded."
  }

  assert {
    condition = anytrue([for statement in jsondecode(aws_sqs_queue.events[0].policy).Statement :
      statement.Effect == "Allow" && statement.Principal == { Service = "s3.amazonaws.com" }
      && try(statement.Condition.ArnEquals["aws:SourceArn"], "") == "arn:aws:s3:::obscura-source-123456789012-eu-central-1"
      && try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "123456789012"
    ])
    error_message = "Another bucket, or another account's, may send events."
  }

  assert {
    condition     = anytrue([for statement in local.transform_statements : statement.Sid == "TakeEvents"])
    error_message = "The function may not take events from the queue."
  }
}

run "queues_are_closed" {
  command = plan

  variables {
    trigger = "sqs"
  }

  assert {
    condition     = aws_sqs_queue.on_failure.sqs_managed_sse_enabled && aws_sqs_queue.events[0].sqs_managed_sse_enabled
    error_message = "Messages are not encrypted."
  }

  assert {
    condition     = aws_sqs_queue.on_failure.message_retention_seconds == 1209600
    error_message = "Failed events are forgotten early."
  }

  assert {
    condition = alltrue([for policy in [aws_sqs_queue.events[0].policy, aws_sqs_queue.on_failure.policy] :
      anytrue([for statement in jsondecode(policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"])
    ])
    error_message = "Requests without TLS are answered."
  }
}

run "keys_are_used_where_they_are_given" {
  command = plan

  variables {
    source_bucket      = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/source" }
    destination_bucket = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/destination" }
    components_bucket  = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/components" }
  }

  assert {
    condition = toset([for statement in local.transform_statements : "${statement.Action} ${statement.Resource}" if startswith(jsonencode(statement.Action), "\"kms:")]) == toset([
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/source",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/destination",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/components",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/destination",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/components",
    ])
    error_message = "The transform function may use other keys, or not those it needs."
  }

  assert {
    condition     = anytrue([for statement in local.publish_statements : statement.Sid == "UseComponentsKey"])
    error_message = "The publish function may not use the components' key."
  }
}

run "existing_buckets_are_left_alone" {
  command = plan

  variables {
    source_bucket      = { name = "theirs", create = false, prefix = "in/", notify = false }
    destination_bucket = { name = "theirs", create = false, prefix = "out/" }
  }

  assert {
    condition     = keys(module.bucket) == ["components"] && length(aws_s3_bucket_notification.source) == 0
    error_message = "Somebody else's bucket is changed."
  }

  assert {
    condition     = output.source_bucket_name == "theirs" && output.destination_bucket_name == "theirs"
    error_message = "The existing bucket is not used."
  }
}

run "alarms_tell" {
  command = plan

  variables {
    trigger = "sqs"
    alarms  = { emails = ["ops@example.com"], topic_arns = ["arn:aws:sns:eu-central-1:123456789012:theirs"], duration_share = 0.5 }
  }

  assert {
    condition = length(setsubtract(
      ["transform-failures", "transform-throttles", "transform-duration", "transform-lost", "publish-failures", "dead-letters", "backlog", "rejected-components", "canary-taken-back"],
      keys(aws_cloudwatch_metric_alarm.this),
    )) == 0
    error_message = "Something goes wrong unheard."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.dimensions) == 1])
    error_message = "An alarm rings for another deployment, too."
  }

  assert {
    condition = alltrue(flatten([for graph in local.dashboard_graphs :
      [for metric in graph.metrics : strcontains(jsonencode(metric), "obscura-")]
    ]))
    error_message = "The dashboard shows other deployments, too."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["transform-duration"].threshold == 30000
    error_message = "A function near its limit goes unheard."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_actions) == 2])
    error_message = "An alarm tells nobody."
  }
}

run "the_default_transform_takes_the_way_of_any" {
  command = plan

  variables {
    default_transform = { path = "./tests/fixtures/component.wasm" }
  }

  assert {
    condition     = aws_s3_object.default_transform[0].key == "incoming/resize/component.wasm"
    error_message = "The default transform is not published as others are."
  }

  assert {
    condition     = jsondecode(aws_lambda_invocation.precompile[0].input) == { obscura = "precompile" }
    error_message = "A new host starts without its artifacts."
  }
}

run "the_document_is_passed_on_as_it_is" {
  command = plan

  variables {
    pipeline = {
      version = 1
      routes = [
        { name = "a", transform = "resize", parameters = { renditions = [{ name = "x", width = 10 }] }, limits = { max_seconds = 0.5 } },
        { name = "b", keys = ["b/**"], transform = "watermark", parameters = { text = "©" }, cache_control = null, canary = { weight = 0.2 }, shadow = {} },
      ]
    }
  }

  assert {
    condition = jsondecode(aws_s3_object.pipeline[0].content) == {
      version = 1
      routes = [
        { name = "a", transform = "resize", parameters = { renditions = [{ name = "x", width = 10 }] }, limits = { max_seconds = 0.5 } },
        { name = "b", keys = ["b/**"], transform = "watermark", parameters = { text = "©" }, canary = { weight = 0.2 }, shadow = {} },
      ]
    }
    error_message = "The document is not what was given."
  }
}

run "pictures_that_were_there_before_are_handed_over_by_this_account_alone" {
  command = plan

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role.backfill.assume_role_policy).Statement :
      statement.Principal == { Service = "batchoperations.s3.amazonaws.com" }
      && statement.Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    ])
    error_message = "Jobs of another account may assume the role."
  }

  assert {
    condition = { for statement in local.backfill_statements : statement.Sid => [flatten([statement.Action]), statement.Resource] } == {
      HandPicturesOver          = [["lambda:InvokeFunction"], "arn:aws:lambda:eu-central-1:123456789012:function:mock"]
      ReadManifestsWriteReports = [["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::obscura-components-123456789012-eu-central-1/backfill/*"]
    }
    error_message = "The role of backfills may do more, or less, than it needs."
  }

  assert {
    condition     = output.deployment.created_buckets == [for role in ["components", "destination", "source"] : "obscura-${role}-123456789012-eu-central-1"]
    error_message = "The tasks would empty other buckets than those that were created."
  }
}
