# Bucket settings that are refused.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
}

run "a_name_that_buckets_cannot_have" {
  command = plan

  variables {
    name = "Obscura"
  }

  expect_failures = [var.name]
}

run "an_existing_source_without_name" {
  command = plan

  variables {
    source_bucket = { create = false }
  }

  expect_failures = [var.source_bucket]
}

run "a_source_name_that_s3_refuses" {
  command = plan

  variables {
    source_bucket = { name = "No_Bucket" }
  }

  expect_failures = [var.source_bucket]
}

run "source_versions_kept_for_no_time" {
  command = plan

  variables {
    source_bucket = { noncurrent_days = 0 }
  }

  expect_failures = [var.source_bucket]
}

run "an_existing_destination_without_name" {
  command = plan

  variables {
    destination_bucket = { create = false }
  }

  expect_failures = [var.destination_bucket]
}

run "a_destination_name_that_s3_refuses" {
  command = plan

  variables {
    destination_bucket = { name = "No_Bucket" }
  }

  expect_failures = [var.destination_bucket]
}

run "destination_versions_kept_for_no_time" {
  command = plan

  variables {
    destination_bucket = { noncurrent_days = 0 }
  }

  expect_failures = [var.destination_bucket]
}

run "an_existing_components_without_name" {
  command = plan

  variables {
    components_bucket = { create = false }
  }

  expect_failures = [var.components_bucket]
}

run "a_components_name_that_s3_refuses" {
  command = plan

  variables {
    components_bucket = { name = "No_Bucket" }
  }

  expect_failures = [var.components_bucket]
}

run "components_versions_kept_for_no_time" {
  command = plan

  variables {
    components_bucket = { noncurrent_days = 0 }
  }

  expect_failures = [var.components_bucket]
}

run "a_source_prefix_with_a_wildcard" {
  command = plan

  variables {
    source_bucket = { prefix = "photos/*" }
  }

  expect_failures = [var.source_bucket]
}

run "a_source_prefix_with_a_leading_slash" {
  command = plan

  variables {
    source_bucket = { prefix = "/photos/" }
  }

  expect_failures = [var.source_bucket]
}

run "a_destination_prefix_with_a_wildcard" {
  command = plan

  variables {
    destination_bucket = { prefix = "out/*" }
  }

  expect_failures = [var.destination_bucket]
}

run "an_artifact_writer_with_a_wildcard" {
  command = plan

  variables {
    artifact_writer_arns = ["arn:aws:iam::123456789012:role/*"]
  }

  expect_failures = [var.artifact_writer_arns]
}
