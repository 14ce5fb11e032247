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
    error_message = "The buckets' names differ from the documentation."
  }

  assert {
    condition     = keys(module.bucket) == ["components", "destination", "source"]
    error_message = "A bucket is not created."
  }

  assert {
    condition     = aws_s3_bucket_notification.source[0].lambda_function[0].events == toset(["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*", "s3:ObjectRestore:Completed"])
    error_message = "Uploads, deletions or restores are not notified."
  }

  assert {
    condition     = aws_lambda_permission.source[0].source_arn == "arn:aws:s3:::obscura-source-123456789012-eu-central-1" && aws_lambda_permission.source[0].source_account == "123456789012"
    error_message = "Buckets other than the source may invoke the function."
  }

  assert {
    condition     = jsondecode(aws_s3_object.pipeline[0].content) == { version = 1, routes = [{ name = "default", keys = ["**"], transform = "resize" }] }
    error_message = "The default pipeline document is wrong."
  }

  assert {
    condition     = output.publish_function_name == null && output.events_queue_url == null
    error_message = "There are resources that were not requested."
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
      TagDestination         = [["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectTagging"], "arn:aws:s3:::obscura-destination-123456789012-eu-central-1/out/*"]
      DeleteFromDestination  = ["s3:DeleteObject", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1/out/*"]
      TellMissingDestination = ["s3:ListBucket", "arn:aws:s3:::obscura-destination-123456789012-eu-central-1"]
      ReadComponents         = ["s3:GetObject", ["arn:aws:s3:::obscura-components-123456789012-eu-central-1/pipeline.json", "arn:aws:s3:::obscura-components-123456789012-eu-central-1/proved/*", "arn:aws:s3:::obscura-components-123456789012-eu-central-1/transforms/*"]]
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
      && statement.NotAction == ["s3:GetObject*", "s3:ListMultipartUploadParts"]
      && alltrue([for folder in ["transforms", "reports", "proved"] : contains(statement.Resource, "arn:aws:s3:::obscura-components-123456789012-eu-central-1/${folder}/*")])
      && statement.Condition.ArnNotEquals["aws:PrincipalArn"] == ["arn:aws:iam::123456789012:role/obscura-publish"]
    ])
    error_message = "Principals other than the publish function may write artifacts."
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
    error_message = "The publish function can read pictures."
  }

  assert {
    condition = anytrue([for statement in local.components_statements :
      statement.Effect == "Deny" && statement.Resource == ["arn:aws:s3:::obscura-components-123456789012-eu-central-1/outcomes/*"]
      && toset(statement.Condition.ArnNotEquals["aws:PrincipalArn"]) == toset(["arn:aws:iam::123456789012:role/obscura-transform", "arn:aws:iam::123456789012:role/obscura-publish"])
    ])
    error_message = "Any principal may write outcomes, and thus withdraw a canary."
  }

  assert {
    condition = keys(output.author_policies) == ["resize"] && alltrue([for statement in jsondecode(output.author_policies.resize).Statement :
      statement.Action != "s3:PutObject" || statement.Resource == "arn:aws:s3:::obscura-components-123456789012-eu-central-1/incoming/resize/*"
    ])
    error_message = "An author may write outside incoming/ of one transform."
  }

  assert {
    condition     = toset(aws_s3_bucket_notification.components[0].lambda_function[*].filter_prefix) == toset(["incoming/", "outcomes/", "pipeline.json"])
    error_message = "The publish function would trigger itself."
  }

  assert {
    condition     = aws_lambda_permission.components[0].source_arn == "arn:aws:s3:::obscura-components-123456789012-eu-central-1" && aws_lambda_permission.components[0].source_account == "123456789012"
    error_message = "A bucket besides the components bucket may start the publish function."
  }
}

# Who uploads is for whoever deploys to say; nobody can by what this module makes.
run "uploaders_are_granted_nothing" {
  command = plan

  assert {
    condition     = try(length(local.created_buckets.source.statements), 0) == 0 && !contains(keys(local.delivery_statements), "source")
    error_message = "The source bucket's policy lets somebody in."
  }

  assert {
    condition = alltrue([for statement in concat(local.transform_statements, local.publish_statements) :
      !strcontains(jsonencode(statement.Resource), "-source-") || alltrue([for action in flatten([statement.Action]) : contains(["s3:GetObject", "s3:ListBucket"], action)])
    ])
    error_message = "A function may change the source bucket."
  }
}

run "no_more_at_a_time_than_is_allowed" {
  command = plan

  variables {
    transform_function = { reserved_concurrency = 11 }
    publish_function   = { reserved_concurrency = 2 }
  }

  assert {
    condition     = module.transform.settings.reserved_concurrency == 11 && module.publish[0].settings.reserved_concurrency == 2
    error_message = "A limit of concurrency does not reach its function."
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
    error_message = "Events take two paths."
  }

  assert {
    condition     = aws_sqs_queue.events[0].visibility_timeout_seconds == 600
    error_message = "A message is delivered again while it is processed."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.events[0].redrive_policy).maxReceiveCount == 4
    error_message = "A failing event is retried forever."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.events[0].function_response_types == toset(["ReportBatchItemFailures"]) && one(aws_lambda_event_source_mapping.events[0].scaling_config).maximum_concurrency == 7
    error_message = "A failing event fails its batch, or the queue's concurrency is unbounded."
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

run "by_way_of_a_topic" {
  command = plan

  variables {
    trigger       = "sns"
    topic         = { arn = "arn:aws:sns:eu-central-1:123456789012:uploads" }
    source_bucket = { prefix = "in/" }
  }

  assert {
    condition     = aws_sns_topic_subscription.pictures[0].protocol == "lambda" && length(aws_sqs_queue.events) == 0 && length(aws_s3_bucket_notification.source[0].lambda_function) == 0
    error_message = "Events of a topic take two paths."
  }

  assert {
    condition     = aws_lambda_permission.source[0].principal == "sns.amazonaws.com" && aws_lambda_permission.source[0].source_arn == "arn:aws:sns:eu-central-1:123456789012:uploads"
    error_message = "Another topic may start the function."
  }

  assert {
    condition     = aws_s3_bucket_notification.source[0].topic[0].topic_arn == "arn:aws:sns:eu-central-1:123456789012:uploads" && aws_s3_bucket_notification.source[0].topic[0].events == toset(local.picture_events)
    error_message = "The created bucket does not notify the topic."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.pictures[0].filter_policy).Records.s3 == { bucket = { name = ["obscura-source-123456789012-eu-central-1"] }, object = { key = [{ prefix = "in/" }] } }
    error_message = "Every event of the topic starts the function."
  }

  assert {
    condition = jsondecode(aws_sns_topic_subscription.pictures[0].redrive_policy).deadLetterTargetArn == "arn:aws:sqs:eu-central-1:123456789012:mock" && anytrue([
      for statement in jsondecode(aws_sqs_queue.on_failure.policy).Statement :
      statement.Effect == "Allow" && statement.Principal == { Service = "sns.amazonaws.com" } && try(statement.Condition.ArnEquals["aws:SourceArn"], "") == "arn:aws:sns:eu-central-1:123456789012:uploads"
    ])
    error_message = "Undeliverable events of the topic are lost."
  }
}

run "by_way_of_a_topic_and_a_queue" {
  command = plan

  variables {
    trigger            = "sns"
    topic              = { arn = "arn:aws:sns:eu-central-1:210987654321:uploads", raw = true }
    queue              = { enabled = true, batch_size = 2 }
    transform_function = { timeout_seconds = 70 }
    source_bucket      = { name = "theirs", create = false, notify = false, prefix = "a b/" }
  }

  assert {
    condition     = aws_sns_topic_subscription.pictures[0].protocol == "sqs" && aws_sns_topic_subscription.pictures[0].raw_message_delivery && length(aws_lambda_permission.source) == 0
    error_message = "The topic's subscription of the queue is wrong."
  }

  assert {
    condition = [for statement in jsondecode(aws_sqs_queue.events[0].policy).Statement : [statement.Principal, statement.Condition] if statement.Effect == "Allow"] == [
      [{ Service = "sns.amazonaws.com" }, { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:eu-central-1:210987654321:uploads" } }]
    ]
    error_message = "Another topic may put events into the queue."
  }

  # A key is form-encoded in the message, so a filter on this prefix would let nothing through.
  assert {
    condition     = jsondecode(aws_sns_topic_subscription.pictures[0].filter_policy).Records.s3 == { bucket = { name = ["theirs"] } }
    error_message = "The topic's filter drops pictures."
  }

  assert {
    condition     = length(aws_s3_bucket_notification.source) == 0
    error_message = "The notifications of an existing bucket are replaced."
  }
}

run "by_a_rule" {
  command = plan

  variables {
    trigger       = "eventbridge"
    source_bucket = { prefix = "a b/" }
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.pictures[0].event_pattern) == {
      source      = ["aws.s3"]
      detail-type = ["Object Created", "Object Deleted", "Object Restore Completed"]
      detail      = { bucket = { name = ["obscura-source-123456789012-eu-central-1"] }, object = { key = [{ prefix = "a b/" }] } }
    }
    error_message = "The rule matches other events than those of pictures."
  }

  assert {
    condition     = aws_s3_bucket_notification.source[0].eventbridge && length(aws_s3_bucket_notification.source[0].lambda_function) == 0
    error_message = "The created bucket does not notify only EventBridge."
  }

  assert {
    condition     = aws_lambda_permission.source[0].principal == "events.amazonaws.com" && aws_lambda_permission.source[0].source_arn == "arn:aws:events:eu-central-1:123456789012:rule/obscura-pictures"
    error_message = "Another rule may start the function."
  }

  assert {
    condition = aws_cloudwatch_event_target.pictures[0].dead_letter_config[0].arn == "arn:aws:sqs:eu-central-1:123456789012:mock" && anytrue([
      for statement in jsondecode(aws_sqs_queue.on_failure.policy).Statement :
      statement.Effect == "Allow" && statement.Principal == { Service = "events.amazonaws.com" } && try(statement.Condition.ArnEquals["aws:SourceArn"], "") == "arn:aws:events:eu-central-1:123456789012:rule/obscura-pictures"
    ])
    error_message = "Undeliverable events of the rule are lost."
  }
}

run "by_a_rule_and_a_queue" {
  command = plan

  variables {
    trigger = "eventbridge"
    queue   = { enabled = true }
  }

  assert {
    condition     = aws_cloudwatch_event_target.pictures[0].arn == "arn:aws:sqs:eu-central-1:123456789012:mock" && length(aws_lambda_permission.source) == 0 && length(aws_lambda_event_source_mapping.events) == 1
    error_message = "The rule's target is not the queue."
  }

  assert {
    condition = [for statement in jsondecode(aws_sqs_queue.events[0].policy).Statement : [statement.Principal, statement.Condition] if statement.Effect == "Allow"] == [
      [{ Service = "events.amazonaws.com" }, { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-central-1:123456789012:rule/obscura-pictures" } }]
    ]
    error_message = "Another rule may put events into the queue."
  }
}

run "writers_and_authors_are_those_that_are_named" {
  command = plan

  variables {
    pipeline_writer_arns = ["arn:aws:iam::123456789012:role/operator"]
    authors              = { watermark = ["arn:aws:iam::210987654321:role/theirs"] }
  }

  assert {
    condition = flatten([for statement in local.components_statements : statement.Condition.ArnNotEquals["aws:PrincipalArn"] if contains(statement.Resource, "arn:aws:s3:::obscura-components-123456789012-eu-central-1/pipeline.json")]) == [
      "arn:aws:iam::123456789012:role/operator"
    ]
    error_message = "Unlisted principals may write the document."
  }

  assert {
    condition = keys(output.author_policies) == ["resize", "watermark"] && flatten([
      for statement in local.author_bucket_statements : [statement.Principal.AWS, statement.Resource] if statement.Action == "s3:PutObject"
    ]) == ["arn:aws:iam::210987654321:role/theirs", "arn:aws:s3:::obscura-components-123456789012-eu-central-1/incoming/watermark/*"]
    error_message = "An author may write another transform."
  }
}

run "a_document_of_several_steps" {
  command = plan

  variables {
    # What the route takes, to the mebibyte and the second.
    transform_function = { memory_mb = 678, timeout_seconds = 55 }
    pipeline = {
      "$schema" = "https://example.com/pipeline.schema.json"
      version   = 2
      routes = [
        { name = "drafts", keys = ["drafts/**"], ignore = true },
        {
          name          = "photos"
          media_types   = ["image/*"]
          key_template  = "{key}/{step}/{version}/{rendition}.{extension}"
          cache_control = null
          steps = [
            { transform = "resize", settable = ["/renditions/*/focus"], limits = { max_memory_mib = 350, max_output_mib = 100, max_seconds = 20 } },
            { name = "marked", transform = "watermark", of = ["resize/large"], replace = true, limits = { max_memory_mib = 300, max_output_mib = 60, max_seconds = 20 } },
            { transform = "placeholder", required = false, digest = null, limits = { max_memory_mib = 64, max_output_mib = 40, max_seconds = 5 } },
          ]
        },
      ]
    }
  }

  assert {
    condition = jsondecode(aws_s3_object.pipeline[0].content) == {
      "$schema" = "https://example.com/pipeline.schema.json"
      version   = 2
      routes = [
        { name = "drafts", keys = ["drafts/**"], ignore = true },
        {
          name         = "photos"
          media_types  = ["image/*"]
          key_template = "{key}/{step}/{version}/{rendition}.{extension}"
          steps = [
            { transform = "resize", settable = ["/renditions/*/focus"], limits = { max_memory_mib = 350, max_output_mib = 100, max_seconds = 20 } },
            { name = "marked", transform = "watermark", of = ["resize/large"], replace = true, limits = { max_memory_mib = 300, max_output_mib = 60, max_seconds = 20 } },
            { transform = "placeholder", required = false, limits = { max_memory_mib = 64, max_output_mib = 40, max_seconds = 5 } },
          ]
        },
      ]
    }
    error_message = "A document with several steps is changed."
  }

  assert {
    condition     = local.routes == [{ memory_mib = 350 + 100 + 60 + 40 + 32 + 96, seconds = 45 }]
    error_message = "The resources of a route with several steps are computed differently from the host."
  }

  assert {
    condition     = keys(output.author_policies) == ["placeholder", "resize", "watermark"]
    error_message = "The author of a step's transform has no policy."
  }
}

run "what_is_done_with_goes" {
  command = plan

  variables {
    components_bucket  = { incoming_days = 30, reports_days = 400 }
    destination_bucket = { unreferenced_grace_days = 3 }
  }

  assert {
    condition     = local.expire_days.components == { "backfill/" = 90, "incoming/" = 30, "reports/" = 400 }
    error_message = "Uploads or reports are kept forever."
  }

  assert {
    condition     = local.expire_tagged_days.destination == { "obscura-state" = { value = "unreferenced", days = 3 } }
    error_message = "Unreferenced renditions are kept forever."
  }

  assert {
    condition     = local.transform_environment.OBSCURA_UNREFERENCED_GRACE_DAYS == "3"
    error_message = "The function's grace period is not the bucket's."
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
    error_message = "Failed events are deleted too early."
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
    error_message = "An existing bucket is changed."
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
      ["transform-failures", "transform-throttles", "transform-duration", "transform-lost", "publish-failures", "dead-letters", "misconfigured", "backlog", "rejected-components", "canary-taken-back"],
      keys(aws_cloudwatch_metric_alarm.this),
    )) == 0
    error_message = "An alarm is missing."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.dimensions) == 1])
    error_message = "An alarm also fires for other deployments."
  }

  assert {
    condition = alltrue(flatten([for graph in local.dashboard_graphs :
      [for metric in graph.metrics : strcontains(jsonencode(metric), "obscura-")]
    ]))
    error_message = "The dashboard also shows other deployments."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["transform-duration"].threshold == 30000
    error_message = "There is no alarm for functions near their timeout."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_actions) == 2])
    error_message = "An alarm has no actions."
  }
}

run "the_default_transform_takes_the_way_of_any" {
  command = plan

  variables {
    default_transform = { path = "./tests/fixtures/component.wasm" }
  }

  assert {
    condition     = aws_s3_object.default_transform[0].key == "incoming/resize/component.wasm"
    error_message = "The default transform is not uploaded to incoming/."
  }

  assert {
    condition     = jsondecode(aws_lambda_invocation.precompile[0].input) == { obscura = "precompile" }
    error_message = "A new host starts without precompiled artifacts."
  }
}

run "without_what_thumbnails_do_not_need" {
  command = plan

  variables {
    publish_package = null
    prebuilt        = "./tests/fixtures/prebuilt"
    dashboard       = false
    alarms          = { enabled = false }
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && length(aws_cloudwatch_metric_alarm.this) == 0 && length(module.publish) == 0
    error_message = "Disabled resources are created."
  }

  assert {
    condition     = keys(aws_s3_object.prebuilt) == ["transforms/resize/sha256:0/component.wasm"] && keys(aws_s3_object.prebuilt_pointer) == ["transforms/resize/channels/stable.json"]
    error_message = "The prebuilt transform is not uploaded, or its pointer comes first."
  }

  assert {
    condition     = tolist(local.artifact_writers) == tolist(["arn:aws:iam::123456789012:role/obscura-publish", "arn:aws:iam::123456789012:role/applying"])
    error_message = "The identity that applies cannot write prebuilt artifacts, or others can."
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
    error_message = "The document is changed."
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
