locals {
  metrics = "Obscura"

  functions = merge(
    { transform = merge(var.transform_function, { name = local.transform_name }) },
    local.publishes ? { publish = merge(var.publish_function, { name = local.publish_name }) } : {},
    local.delivers ? { deliver = { name = local.deliver_name, timeout_seconds = var.delivery.timeout_seconds } } : {},
    local.announces ? { announce = { name = local.announce_name, timeout_seconds = var.events.timeout_seconds } } : {},
  )

  function_alarms = merge([
    for role, function in local.functions : merge({
      "${role}-failures" = {
        description = "Invocations of ${function.name} failed. Those that S3 started are retried twice."
        namespace   = "AWS/Lambda"
        metric      = "Errors"
        dimensions  = { FunctionName = function.name }
        statistic   = "Sum"
        threshold   = 0
      }
      "${role}-throttles" = {
        description = "${function.name} was throttled: raise the reserved concurrency or the account's limit, or use the trigger sqs."
        namespace   = "AWS/Lambda"
        metric      = "Throttles"
        dimensions  = { FunctionName = function.name }
        statistic   = "Sum"
        threshold   = 0
      }
      "${role}-duration" = {
        description = "An invocation of ${function.name} took nearly all of its ${function.timeout_seconds} s: raise the memory (more processor) or the timeout."
        namespace   = "AWS/Lambda"
        metric      = "Duration"
        dimensions  = { FunctionName = function.name }
        statistic   = "Maximum"
        threshold   = function.timeout_seconds * 1000 * var.alarms.duration_share
      }
      }, role == "deliver" ? {} : {
      # A function that is only invoked synchronously has no failed events.
      "${role}-lost" = {
        description = "A failed event of ${function.name} could not be sent to the on-failure queue."
        namespace   = "AWS/Lambda"
        metric      = "DestinationDeliveryFailures"
        dimensions  = { FunctionName = function.name }
        statistic   = "Sum"
        threshold   = 0
      }
    })
  ]...)

  alarms = merge(
    local.function_alarms,
    {
      "dead-letters" = {
        description = "Events failed permanently and are in the on-failure queue: find and fix the cause, then redrive them."
        namespace   = "AWS/SQS"
        metric      = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = aws_sqs_queue.on_failure.name }
        statistic   = "Maximum"
        threshold   = 0
      }
      "misconfigured" = {
        description = "Pictures cannot be rendered because of the pipeline document or the buckets: the metric Failures shows by Code what to fix."
        namespace   = local.metrics
        metric      = "Misconfigured"
        dimensions  = { FunctionName = local.transform_name }
        statistic   = "Sum"
        threshold   = 0
      }
    },
    local.queued ? {
      "backlog" = {
        description = "Events wait for more than 15 minutes: raise maximum_concurrency."
        namespace   = "AWS/SQS"
        metric      = "ApproximateAgeOfOldestMessage"
        dimensions  = { QueueName = aws_sqs_queue.events[0].name }
        statistic   = "Maximum"
        threshold   = 900
      }
    } : {},
    local.publishes ? {
      "rejected-components" = {
        description = "A component was refused; the active one stays active. The report says why."
        namespace   = local.metrics
        metric      = "ComponentsRejected"
        dimensions  = { FunctionName = local.publish_name }
        statistic   = "Sum"
        threshold   = 0
      }
      "canary-taken-back" = {
        description = "A canary exceeded its bounds and was withdrawn; the stable component renders all pictures. The report says by how much."
        namespace   = local.metrics
        metric      = "TakenBack"
        dimensions  = { FunctionName = local.publish_name }
        statistic   = "Sum"
        threshold   = 0
      }
    } : {},
  )

  alarm_topics = concat(aws_sns_topic.alarms[*].arn, var.alarms.topic_arns)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms.enabled ? local.alarms : {}

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topics
  ok_actions          = local.alarm_topics
}

# Not encrypted with the AWS-managed key of SNS: CloudWatch cannot use that key, and notifications would
# be lost. They contain names and figures, no keys of pictures.
resource "aws_sns_topic" "alarms" {
  count = var.alarms.enabled && length(var.alarms.emails) > 0 ? 1 : 0

  name = "${var.name}-alarms"
}

resource "aws_sns_topic_policy" "alarms" {
  count = length(aws_sns_topic.alarms)

  arn = aws_sns_topic.alarms[0].arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmsOfThisAccountPublish"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms[0].arn
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${var.name}-*" }
        StringEquals = { "aws:SourceAccount" = local.account }
      }
    }]
  })
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = length(aws_sns_topic.alarms) > 0 ? toset(var.alarms.emails) : toset([])

  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = each.value
}
