# What starts the functions.

locals {
  # An upload, an overwrite, a delete, an expiry: the function looks what there is now.
  picture_events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]
}

resource "aws_lambda_permission" "source" {
  count = local.queued ? 0 : 1

  statement_id   = "SourceBucketInvokes"
  action         = "lambda:InvokeFunction"
  function_name  = module.transform.name
  principal      = "s3.amazonaws.com"
  source_arn     = local.bucket_arns.source
  source_account = local.account
}

resource "aws_s3_bucket_notification" "source" {
  count = var.source_bucket.notify ? 1 : 0

  bucket = local.bucket_ids.source

  dynamic "lambda_function" {
    for_each = local.queued ? [] : [module.transform.arn]

    content {
      id                  = "${var.name}-pictures"
      lambda_function_arn = lambda_function.value
      events              = local.picture_events
      filter_prefix       = var.source_bucket.prefix
    }
  }

  dynamic "queue" {
    for_each = aws_sqs_queue.events[*].arn

    content {
      id            = "${var.name}-pictures"
      queue_arn     = queue.value
      events        = local.picture_events
      filter_prefix = var.source_bucket.prefix
    }
  }

  # S3 tries the target when the notification is set. A picture that comes before the document
  # would be rendered with the defaults.
  depends_on = [
    aws_lambda_permission.source,
    aws_s3_object.pipeline,
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
  count = local.publishes && var.components_bucket.notify ? 1 : 0

  bucket = local.bucket_ids.components

  lambda_function {
    id                  = "${var.name}-incoming"
    lambda_function_arn = module.publish[0].arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "incoming/"
  }

  # A canary that exceeds its bounds is taken back.
  lambda_function {
    id                  = "${var.name}-outcomes"
    lambda_function_arn = module.publish[0].arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "outcomes/"
  }

  depends_on = [aws_lambda_permission.components]
}
