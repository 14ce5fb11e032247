# Events that arrive through a topic or EventBridge. Both send them to the function, or to the queue in
# front of it.

locals {
  target_arn = local.queued ? one(aws_sqs_queue.events[*].arn) : module.transform.arn

  # Constructed, not referenced, since the queue's policy names the rule, and the rule's target the queue.
  rule_name = "${var.name}-pictures"
  rule_arn  = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${local.rule_name}"

  # Keys are form-encoded in a topic's messages, so a filter only supports plain prefixes. The function
  # checks the rest.
  filters_prefix = can(regex("^[A-Za-z0-9/._-]+$", var.source_bucket.prefix))
}

resource "aws_sns_topic_subscription" "pictures" {
  count = var.trigger == "sns" ? 1 : 0

  topic_arn            = var.topic.arn
  protocol             = local.queued ? "sqs" : "lambda"
  endpoint             = local.target_arn
  raw_message_delivery = local.queued ? var.topic.raw : null

  # A topic may carry other buckets' events.
  filter_policy_scope = "MessageBody"
  filter_policy = jsonencode({ Records = { s3 = merge(
    { bucket = { name = [local.bucket_names.source] } },
    local.filters_prefix ? { object = { key = [{ prefix = var.source_bucket.prefix }] } } : {},
  ) } })

  # Undeliverable events go to the on-failure queue.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.on_failure.arn })

  depends_on = [aws_lambda_permission.source]
}

resource "aws_cloudwatch_event_rule" "pictures" {
  count = var.trigger == "eventbridge" ? 1 : 0

  name        = local.rule_name
  description = "Pictures of s3://${local.bucket_names.source} go to the function ${local.transform_name}."

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created", "Object Deleted", "Object Restore Completed"]
    detail = merge(
      { bucket = { name = [local.bucket_names.source] } },
      var.source_bucket.prefix == "" ? {} : { object = { key = [{ prefix = var.source_bucket.prefix }] } },
    )
  })
}

resource "aws_cloudwatch_event_target" "pictures" {
  count = var.trigger == "eventbridge" ? 1 : 0

  rule      = aws_cloudwatch_event_rule.pictures[0].name
  target_id = "transform"
  arn       = local.target_arn

  dead_letter_config {
    arn = aws_sqs_queue.on_failure.arn
  }

  depends_on = [aws_lambda_permission.source]
}
