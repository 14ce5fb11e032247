# What every function must be.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

run "a_function" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name                 = "f"
    description          = "d"
    package              = "./tests/fixtures/package.zip"
    architecture         = "arm64"
    memory_mb            = 1769
    timeout_seconds      = 60
    environment          = { A = "b" }
    log_retention_days   = 30
    on_failure_queue_arn = "arn:aws:sqs:eu-central-1:123456789012:failed"
    statements           = [{ Sid = "One", Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::b/*" }]
  }

  assert {
    condition     = aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.architectures == tolist(["arm64"])
    error_message = "The function is not what the package was built for."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "Concurrency is limited unasked."
  }

  assert {
    condition     = one(one(aws_lambda_function_event_invoke_config.this.destination_config).on_failure).destination == var.on_failure_queue_arn
    error_message = "Events that failed are dropped."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "Logs are kept for ever."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      statement.Effect == "Allow"
      && !anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])
      && !contains(flatten([statement.Resource]), "*")
    ])
    error_message = "The role has a wildcard for an action or for all resources."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role.this.assume_role_policy).Statement : statement.Principal == { Service = "lambda.amazonaws.com" }])
    error_message = "Somebody besides Lambda may assume the role."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.this.policy, "logs:CreateLogGroup")
    error_message = "The function could make a log group without retention."
  }
}
