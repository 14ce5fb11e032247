locals {
  queued     = var.trigger == "sqs" || var.queue.enabled
  batch_size = local.queued ? var.queue.batch_size : 1

  # Built, not looked up: a queue is made with its policy, which names it. As a resource of its own,
  # the policy would take half a minute more, when it is made and when it goes.
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

  # S3's ARNs name no account, so it is asked for; those of topics and rules do.
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

  # A topic and a rule have no try of Lambda's: they keep what they could not hand over themselves.
  sender_keeps_failures = contains(["sns", "eventbridge"], var.trigger)
}

# Events that failed for good, of either trigger, kept as long as SQS keeps anything.
resource "aws_sqs_queue" "on_failure" {
  name                      = "${var.name}-on-failure"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  # Replaying a large event again and again is a person's work, not a poller's.
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

  # Four days, so that a weekend's outage loses nothing.
  message_retention_seconds = 345600

  # Lambda's own advice: six times the function's timeout, or a message that was throttled is
  # delivered twice.
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

  # The function names the messages that failed; the others of the batch are done.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.queue.maximum_concurrency
  }
}
