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

run "an_existing_source_whose_notifications_nobody_spoke_of" {
  command = plan

  variables {
    source_bucket = { name = "theirs", create = false }
  }

  expect_failures = [var.source_bucket]
}

run "an_existing_components_whose_notifications_nobody_spoke_of" {
  command = plan

  variables {
    publish_package   = "./tests/fixtures/package.zip"
    components_bucket = { name = "theirs", create = false }
  }

  expect_failures = [var.components_bucket]
}

run "unreferenced_renditions_kept_for_no_time" {
  command = plan

  variables {
    destination_bucket = { unreferenced_grace_days = 0 }
  }

  expect_failures = [var.destination_bucket]
}

run "unreferenced_renditions_kept_for_longer_than_the_host_knows" {
  command = plan

  variables {
    destination_bucket = { unreferenced_grace_days = 366 }
  }

  expect_failures = [var.destination_bucket]
}

run "uploads_kept_for_half_a_day" {
  command = plan

  variables {
    components_bucket = { incoming_days = 0.5 }
  }

  expect_failures = [var.components_bucket]
}

run "a_default_transform_that_would_be_published_again" {
  command = plan

  variables {
    publish_package   = "./tests/fixtures/package.zip"
    default_transform = { path = "./tests/fixtures/component.wasm" }
    components_bucket = { incoming_days = 30 }
  }

  expect_failures = [var.components_bucket]
}

run "a_pipeline_writer_with_a_wildcard" {
  command = plan

  variables {
    pipeline_writer_arns = ["arn:aws:iam::123456789012:role/*"]
  }

  expect_failures = [var.pipeline_writer_arns]
}

run "authors_of_no_transform" {
  command = plan

  variables {
    authors = { "a/b" = [] }
  }

  expect_failures = [var.authors]
}

run "an_author_with_a_wildcard" {
  command = plan

  variables {
    authors = { resize = ["*"] }
  }

  expect_failures = [var.authors]
}
