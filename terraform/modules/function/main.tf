resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)

  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = coalesce(var.reserved_concurrency, -1)
  kms_key_arn                    = var.environment_kms_key_arn

  environment {
    variables = var.environment
  }

  logging_config {
    log_group  = aws_cloudwatch_log_group.this.name
    log_format = "JSON"
  }

  # A function that starts without its permissions fails its first events.
  depends_on = [aws_iam_role_policy.this]
}

# Events that S3 sends directly have two retries, then go to the queue. A function that
# is only invoked synchronously has none.
resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.takes_events ? 1 : 0

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = var.on_failure_queue_arn
    }

    # The function's response is forwarded.
    dynamic "on_success" {
      for_each = var.on_success_bus_arn == null ? [] : [var.on_success_bus_arn]

      content {
        destination = on_success.value
      }
    }
  }
}

moved {
  from = aws_lambda_function_event_invoke_config.this
  to   = aws_lambda_function_event_invoke_config.this[0]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}
