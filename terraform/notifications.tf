# Triggers of the functions.

locals {
  # Uploads, overwrites, deletions, expirations and completed restores: the function checks the current state.
  picture_events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*", "s3:ObjectRestore:Completed"]

  # A bucket has one notification configuration. This module manages that of a created bucket; for an existing
  # one, the user must decide.
  notify = {
    source     = coalesce(var.source_bucket.notify, var.source_bucket.create)
    components = coalesce(var.components_bucket.notify, var.components_bucket.create) && local.publishes
    # If both are the same bucket, the source's setting applies.
    destination = coalesce(var.destination_bucket.notify, var.destination_bucket.create) && local.announces
  }

  # If the publish function is notified of documents, it proves them, and the transform function uses proved
  # ones.
  proves_documents = local.notify.components ? "1" : null

  # The senders of picture events to the function, or to the queue in front of it.
  sender = {
    direct      = { sid = "SourceBucketInvokes", service = "s3.amazonaws.com", arn = local.bucket_arns.source, account = local.account }
    sqs         = { sid = "SourceBucketSendsEvents", service = "s3.amazonaws.com", arn = local.bucket_arns.source, account = local.account }
    sns         = { sid = "TopicSendsEvents", service = "sns.amazonaws.com", arn = try(var.topic.arn, null), account = null }
    eventbridge = { sid = "RuleSendsEvents", service = "events.amazonaws.com", arn = local.rule_arn, account = null }
  }[var.trigger]
}

resource "aws_lambda_permission" "source" {
  count = local.queued ? 0 : 1

  statement_id   = local.sender.sid
  action         = "lambda:InvokeFunction"
  function_name  = module.transform.name
  principal      = local.sender.service
  source_arn     = local.sender.arn
  source_account = local.sender.account
}

resource "aws_s3_bucket_notification" "source" {
  count = local.notify.source ? 1 : 0

  bucket      = local.bucket_ids.source
  eventbridge = var.trigger == "eventbridge"

  dynamic "lambda_function" {
    for_each = var.trigger == "direct" ? [module.transform.arn] : []

    content {
      id                  = "${var.name}-pictures"
      lambda_function_arn = lambda_function.value
      events              = local.picture_events
      filter_prefix       = var.source_bucket.prefix
    }
  }

  dynamic "queue" {
    for_each = var.trigger == "sqs" ? aws_sqs_queue.events[*].arn : []

    content {
      id            = "${var.name}-pictures"
      queue_arn     = queue.value
      events        = local.picture_events
      filter_prefix = var.source_bucket.prefix
    }
  }

  dynamic "topic" {
    for_each = var.trigger == "sns" ? [var.topic.arn] : []

    content {
      id            = "${var.name}-pictures"
      topic_arn     = topic.value
      events        = local.picture_events
      filter_prefix = var.source_bucket.prefix
    }
  }

  # S3 tests the target when the notification is set. A picture that arrives before the document would be
  # rendered with the defaults.
  depends_on = [
    aws_lambda_permission.source,
    aws_cloudwatch_event_target.pictures,
    aws_sns_topic_subscription.pictures,
    aws_s3_object.pipeline,
    aws_s3_object.prebuilt_pointer,
    module.bucket,
  ]
}

resource "aws_lambda_permission" "components" {
  count = local.publishes ? 1 : 0

  statement_id   = "ComponentsBucketInvokes"
  action         = "lambda:InvokeFunction"
  function_name  = module.publish[0].name
  principal      = "s3.amazonaws.com"
  source_arn     = local.bucket_arns.components
  source_account = local.account
}

resource "aws_s3_bucket_notification" "components" {
  count = local.notify.components ? 1 : 0

  bucket = local.bucket_ids.components

  lambda_function {
    id                  = "${var.name}-incoming"
    lambda_function_arn = module.publish[0].arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "incoming/"
  }

  # A document is proved before the transform function uses it.
  lambda_function {
    id                  = "${var.name}-pipeline"
    lambda_function_arn = module.publish[0].arn
    events              = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    filter_prefix       = "pipeline.json"
  }

  # A canary that exceeds its bounds is withdrawn.
  lambda_function {
    id                  = "${var.name}-outcomes"
    lambda_function_arn = module.publish[0].arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "outcomes/"
  }

  depends_on = [aws_lambda_permission.components]
}
