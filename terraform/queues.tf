locals {
  queued     = var.trigger == "sqs" || var.queue.enabled
  batch_size = local.queued ? var.queue.batch_size : 1

  # Constructed, not referenced: a queue is created with its policy, which names it. As a separate resource,
  # the policy would take half a minute more to create and to destroy.
  queue_arns = {
    for queue in ["on-failure", "events"] :
    queue => "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-${queue}"
  }
  refuse_plaintext = {
    for queue, arn in local.queue_arns : queue => {
      Sid       = "RefusePlaintext"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }

  # S3's ARNs do not contain the account, so it is checked separately; those of topics and rules do.
  sender_sends = { for queue, arn in local.queue_arns : queue => {
    Sid       = local.sender.sid
    Effect    = "Allow"
    Principal = { Service = local.sender.service }
    Action    = "sqs:SendMessage"
    Resource  = arn
    Condition = merge(
      { ArnEquals = { "aws:SourceArn" = local.sender.arn } },
      local.sender.account == null ? {} : { StringEquals = { "aws:SourceAccount" = local.sender.account } },
    )
  } }

  # Topics and rules do not use Lambda's retries: they store undeliverable events themselves.
  sender_keeps_failures = contains(["sns", "eventbridge"], var.trigger)
}

# Permanently failed events, of either trigger, kept for SQS's maximum.
resource "aws_sqs_queue" "on_failure" {
  name                      = "${var.name}-on-failure"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  # Replays are started by an operator, not by polling.
  visibility_timeout_seconds = 300

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.refuse_plaintext["on-failure"]],
      local.sender_keeps_failures ? [local.sender_sends["on-failure"]] : [],
    )
  })
}

resource "aws_sqs_queue" "events" {
  count = local.queued ? 1 : 0

  name                    = "${var.name}-events"
  sqs_managed_sse_enabled = true

  # Four days, so that an outage over a weekend loses no events.
  message_retention_seconds = 345600

  # As Lambda recommends, six times the function's timeout; otherwise, a throttled message is delivered twice.
  visibility_timeout_seconds = 6 * var.transform_function.timeout_seconds

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.on_failure.arn
    maxReceiveCount     = var.queue.max_receives
  })

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.refuse_plaintext["events"], local.sender_sends["events"]]
  })
}

# Only the events queue of this deployment may use the on-failure queue as its dead-letter queue.
resource "aws_sqs_queue_redrive_allow_policy" "on_failure" {
  count = local.queued ? 1 : 0

  queue_url = aws_sqs_queue.on_failure.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events[0].arn]
  })
}

resource "aws_lambda_event_source_mapping" "events" {
  count = local.queued ? 1 : 0

  event_source_arn = aws_sqs_queue.events[0].arn
  function_name    = module.transform.arn
  batch_size       = var.queue.batch_size

  # The function reports the failed messages; the others of the batch are done.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.queue.maximum_concurrency
  }
}
