# The first questions of an operator: is it working, is it keeping up, what fails, and why.

locals {
  dashboard_graphs = concat(
    [
      {
        title = "Pictures: invocations, failures, throttles"
        stat  = "Sum"
        metrics = [
          ["AWS/Lambda", "Invocations", "FunctionName", local.transform_name],
          ["AWS/Lambda", "Errors", "FunctionName", local.transform_name, { color = "#d62728" }],
          ["AWS/Lambda", "Throttles", "FunctionName", local.transform_name, { color = "#ff7f0e" }],
        ]
      },
      {
        title = "Time per picture (the limit is ${var.transform_function.timeout_seconds} s)"
        stat  = "p50"
        metrics = [
          ["AWS/Lambda", "Duration", "FunctionName", local.transform_name, { stat = "p50", label = "half" }],
          ["AWS/Lambda", "Duration", "FunctionName", local.transform_name, { stat = "p99", label = "99 of 100" }],
          ["AWS/Lambda", "Duration", "FunctionName", local.transform_name, { stat = "Maximum", label = "slowest" }],
        ]
      },
      {
        title   = "Running at a time"
        stat    = "Maximum"
        metrics = [["AWS/Lambda", "ConcurrentExecutions", "FunctionName", local.transform_name]]
      },
      {
        title = "Waiting, and failed permanently"
        stat  = "Maximum"
        metrics = concat(
          [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.on_failure.name, { label = "failed permanently", color = "#d62728" }]],
          [for queue in aws_sqs_queue.events : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name, { label = "waiting" }]],
          [for queue in aws_sqs_queue.events : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name, { label = "oldest, in seconds", yAxis = "right" }]],
        )
      },
      {
        title = "Results of pictures"
        stat  = "Sum"
        metrics = [
          [local.metrics, "Pictures", "FunctionName", local.transform_name, { label = "rendered", color = "#2ca02c" }],
          [local.metrics, "Restored", "FunctionName", local.transform_name, { label = "restored, without rendering", color = "#17becf" }],
          [local.metrics, "Unchanged", "FunctionName", local.transform_name, { label = "up to date already" }],
          [local.metrics, "Removed", "FunctionName", local.transform_name, { label = "removed" }],
          [local.metrics, "Ignored", "FunctionName", local.transform_name, { label = "ignored" }],
          [local.metrics, "Failures", "FunctionName", local.transform_name, { label = "cannot be rendered", color = "#ff7f0e" }],
          [local.metrics, "StepFailures", "FunctionName", local.transform_name, { label = "rendered without a failed step", color = "#bcbd22" }],
          [local.metrics, "Faults", "FunctionName", local.transform_name, { label = "to be retried", color = "#d62728" }],
        ]
      },
      {
        title   = "Why they failed, by code"
        stat    = "Sum"
        metrics = [[{ expression = "SEARCH('{${local.metrics},FunctionName,Code} FunctionName=\"${local.transform_name}\" MetricName=(\"Failures\" OR \"StepFailures\" OR \"Faults\")', 'Sum')", id = "codes" }]]
      },
      {
        title = "Where the time goes, on average (ms)"
        stat  = "Average"
        metrics = [
          [local.metrics, "DownloadTime", "FunctionName", local.transform_name],
          [local.metrics, "GuestTime", "FunctionName", local.transform_name],
          [local.metrics, "UploadTime", "FunctionName", local.transform_name],
          [local.metrics, "ColdStart", "FunctionName", local.transform_name],
          [local.metrics, "ArtifactLoad", "FunctionName", local.transform_name],
        ]
      },
    ],
    [for function in module.publish[*].name : {
      title = "Components: proved, failed, refused"
      stat  = "Sum"
      metrics = [
        ["AWS/Lambda", "Invocations", "FunctionName", function],
        ["AWS/Lambda", "Errors", "FunctionName", function, { color = "#d62728" }],
        [local.metrics, "ComponentsPublished", "FunctionName", function, { label = "published", color = "#2ca02c" }],
        [local.metrics, "ComponentsRejected", "FunctionName", function, { label = "refused", color = "#ff7f0e" }],
        [local.metrics, "TakenBack", "FunctionName", function, { label = "canary withdrawn", color = "#9467bd" }],
      ]
    }],
  )

  dashboard_logs = {
    type   = "log"
    x      = 0
    y      = 6 * ceil(length(local.dashboard_graphs) / 2)
    width  = 24
    height = 8
    properties = {
      title  = "Latest warnings and errors"
      region = local.region
      view   = "table"
      query  = "SOURCE '${module.transform.log_group_name}' | fields @timestamp, @message | filter level in ['ERROR', 'WARN'] or type = 'platform.fault' | sort @timestamp desc | limit 50"
    }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = concat(
      [for index, graph in local.dashboard_graphs : {
        type   = "metric"
        x      = 12 * (index % 2)
        y      = 6 * floor(index / 2)
        width  = 12
        height = 6
        properties = {
          title   = graph.title
          region  = local.region
          view    = "timeSeries"
          stat    = graph.stat
          period  = 60
          metrics = graph.metrics
        }
      }],
      [local.dashboard_logs],
    )
  })
}
