# Triggers, queues, logs and alarms that are refused.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
}

run "an_unknown_trigger" {
  command = plan

  variables {
    trigger = "smoke"
  }

  expect_failures = [var.trigger]
}

run "an_empty_batch" {
  command = plan

  variables {
    queue = { batch_size = 0 }
  }

  expect_failures = [var.queue]
}

run "too_little_concurrency_for_a_queue" {
  command = plan

  variables {
    queue = { maximum_concurrency = 1 }
  }

  expect_failures = [var.queue]
}

run "an_event_that_is_never_tried" {
  command = plan

  variables {
    queue = { max_receives = 0 }
  }

  expect_failures = [var.queue]
}

run "more_batches_than_the_function_may_run" {
  command = plan

  variables {
    trigger            = "sqs"
    transform_function = { reserved_concurrency = 10 }
    queue              = { maximum_concurrency = 11 }
  }

  expect_failures = [var.queue]
}

run "a_retention_that_cloudwatch_does_not_have" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "an_address_that_is_none" {
  command = plan

  variables {
    alarms = { emails = ["nobody"] }
  }

  expect_failures = [var.alarms]
}

run "a_topic_that_is_none" {
  command = plan

  variables {
    alarms = { topic_arns = ["alarms"] }
  }

  expect_failures = [var.alarms]
}

run "an_alarm_beyond_the_timeout" {
  command = plan

  variables {
    alarms = { duration_share = 1.2 }
  }

  expect_failures = [var.alarms]
}

run "a_topic_that_is_missing" {
  command = plan

  variables {
    trigger = "sns"
  }

  expect_failures = [var.topic]
}

run "a_topic_that_takes_no_events_of_s3" {
  command = plan

  variables {
    trigger = "sns"
    topic   = { arn = "arn:aws:sns:eu-central-1:123456789012:uploads.fifo" }
  }

  expect_failures = [var.topic]
}

run "a_queue_that_is_in_nobodys_way" {
  command = plan

  variables {
    queue = { enabled = true }
  }

  expect_failures = [var.queue]
}
