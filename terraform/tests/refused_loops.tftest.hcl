# A pipeline that would feed itself is refused, whichever way it is written.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
}

run "one_bucket_without_prefixes" {
  command = plan

  variables {
    source_bucket      = { name = "pictures" }
    destination_bucket = { name = "pictures", create = false }
  }

  expect_failures = [output.destination_bucket_name]
}

run "one_bucket_with_a_source_prefix_alone" {
  command = plan

  variables {
    source_bucket      = { name = "pictures", prefix = "in/" }
    destination_bucket = { name = "pictures", create = false }
  }

  expect_failures = [output.destination_bucket_name]
}

run "one_bucket_with_a_destination_prefix_alone" {
  command = plan

  variables {
    source_bucket      = { name = "pictures" }
    destination_bucket = { name = "pictures", create = false, prefix = "out/" }
  }

  expect_failures = [output.destination_bucket_name]
}

run "a_destination_inside_the_source" {
  command = plan

  variables {
    source_bucket      = { name = "pictures", prefix = "in/" }
    destination_bucket = { name = "pictures", create = false, prefix = "in/out/" }
  }

  expect_failures = [output.destination_bucket_name]
}

run "a_source_inside_the_destination" {
  command = plan

  variables {
    source_bucket      = { name = "pictures", prefix = "all/in/" }
    destination_bucket = { name = "pictures", create = false, prefix = "all/" }
  }

  expect_failures = [output.destination_bucket_name]
}

run "the_source_by_its_default_name" {
  command = plan

  variables {
    destination_bucket = { name = "obscura-source-123456789012-eu-central-1", create = false }
  }

  expect_failures = [output.destination_bucket_name]
}

run "one_bucket_created_twice" {
  command = plan

  variables {
    source_bucket      = { name = "pictures", prefix = "in/" }
    destination_bucket = { name = "pictures", prefix = "out/" }
  }

  expect_failures = [output.destination_bucket_name]
}

run "components_among_the_pictures" {
  command = plan

  variables {
    source_bucket     = { name = "pictures" }
    components_bucket = { name = "pictures", create = false }
  }

  expect_failures = [output.components_bucket_name]
}
