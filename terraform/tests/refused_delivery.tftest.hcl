# Deliveries and events that are refused.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
}

run "a_certificate_without_aliases" {
  command = plan

  variables {
    delivery = { certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/x" }
  }

  expect_failures = [var.delivery]
}

run "a_certificate_of_another_region" {
  command = plan

  variables {
    delivery = { aliases = ["img.example.com"], certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/x" }
  }

  expect_failures = [var.delivery]
}

run "an_origin_with_a_path" {
  command = plan

  variables {
    delivery = { cors_origins = ["https://www.example.com/"] }
  }

  expect_failures = [var.delivery]
}

run "an_unknown_price_class" {
  command = plan

  variables {
    delivery = { price_class = "PriceClass_1" }
  }

  expect_failures = [var.delivery]
}

run "longer_than_cloudfront_waits" {
  command = plan

  variables {
    delivery = { timeout_seconds = 61 }
  }

  expect_failures = [var.delivery]
}

run "half_a_megabyte_for_delivery" {
  command = plan

  variables {
    delivery = { memory_mb = 1769.5 }
  }

  expect_failures = [var.delivery]
}

run "less_than_no_readers" {
  command = plan

  variables {
    delivery = { reserved_concurrency = -1 }
  }

  expect_failures = [var.delivery]
}

run "a_regional_web_acl" {
  command = plan

  variables {
    delivery = { web_acl_arn = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/x/y" }
  }

  expect_failures = [var.delivery]
}

run "any_bus" {
  command = plan

  variables {
    events = { bus_arn = "arn:aws:events:eu-central-1:123456789012:event-bus/*" }
  }

  expect_failures = [var.events]
}

run "too_much_memory_for_events" {
  command = plan

  variables {
    events = { memory_mb = 20000 }
  }

  expect_failures = [var.events]
}

run "events_for_an_hour" {
  command = plan

  variables {
    events = { timeout_seconds = 3600 }
  }

  expect_failures = [var.events]
}

run "somebodys_notifications" {
  command = plan

  variables {
    events             = {}
    destination_bucket = { name = "theirs", create = false }
  }

  expect_failures = [var.destination_bucket]
}

run "two_notifications_of_one_bucket" {
  command = plan

  variables {
    events             = {}
    source_bucket      = { name = "both", prefix = "in/" }
    destination_bucket = { name = "both", create = false, notify = true, prefix = "out/" }
  }

  expect_failures = [output.announce_function_arn]
}

run "too_little_memory_to_deliver" {
  command = plan

  variables {
    delivery = { memory_mb = 512 }
  }

  expect_failures = [output.deliver_function_name]
}
