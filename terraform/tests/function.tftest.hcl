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
    error_message = "The function's architecture is not the package's."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "Concurrency is limited by default."
  }

  assert {
    condition     = one(one(aws_lambda_function_event_invoke_config.this[0].destination_config).on_failure).destination == var.on_failure_queue_arn
    error_message = "Events that failed are dropped."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "Logs are kept forever."
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
    error_message = "Principals other than Lambda may assume the role."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.this.policy, "logs:CreateLogGroup")
    error_message = "The function could make a log group without retention."
  }
}

run "a_function_that_hands_on" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name                 = "f"
    description          = "d"
    package              = "./tests/fixtures/package.zip"
    architecture         = "arm64"
    memory_mb            = 256
    timeout_seconds      = 30
    environment          = {}
    log_retention_days   = 30
    on_failure_queue_arn = "arn:aws:sqs:eu-central-1:123456789012:failed"
    on_success_bus_arn   = "arn:aws:events:eu-central-1:123456789012:event-bus/default"
    statements           = []
  }

  assert {
    condition = one(one(aws_lambda_function_event_invoke_config.this[0].destination_config).on_success).destination == var.on_success_bus_arn && anytrue([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Action == "events:PutEvents" && statement.Resource == var.on_success_bus_arn
    ])
    error_message = "Responses are not sent to the bus, or may be sent to another one."
  }
}

run "a_function_that_is_asked" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name               = "f"
    description        = "d"
    package            = "./tests/fixtures/package.zip"
    architecture       = "arm64"
    memory_mb          = 256
    timeout_seconds    = 30
    environment        = {}
    log_retention_days = 30
    takes_events       = false
    statements         = []
  }

  assert {
    condition     = length(aws_lambda_function_event_invoke_config.this) == 0 && [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid] == ["WriteLogs"]
    error_message = "A function without events has the permissions for events."
  }
}
