resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "Execution role of the Lambda function ${var.name}."
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LambdaAssumes"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# Only the permissions that the function needs. Terraform creates the log group, so that
# it has a retention period; the function cannot.
resource "aws_iam_role_policy" "this" {
  name = "obscura"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      var.statements,
      [
        {
          Sid      = "WriteLogs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${aws_cloudwatch_log_group.this.arn}:*"
        },
      ],
      var.takes_events ? [
        {
          Sid      = "KeepFailedEvents"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = var.on_failure_queue_arn
        },
      ] : [],
      var.takes_events && var.on_success_bus_arn != null ? [
        {
          Sid      = "HandAnswersOn"
          Effect   = "Allow"
          Action   = "events:PutEvents"
          Resource = var.on_success_bus_arn
        },
      ] : [],
    )
  })
}
