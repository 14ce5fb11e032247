# Pipeline documents that are refused before they are live.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
}

run "another_version" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", transform = "resize" }] }
  }

  expect_failures = [var.pipeline]
}

run "an_unknown_name" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize" }], rotues = [] }
  }

  expect_failures = [var.pipeline]
}

run "no_routes" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [] }
  }

  expect_failures = [var.pipeline]
}

run "an_unknown_name_in_a_route" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize", mediatypes = ["image/png"] }] }
  }

  expect_failures = [var.pipeline]
}

run "a_route_without_transform" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a" }] }
  }

  expect_failures = [var.pipeline]
}

run "a_transform_with_a_path_in_its_name" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "../resize" }] }
  }

  expect_failures = [var.pipeline]
}

run "two_routes_of_one_name" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize" }, { name = "a", transform = "resize" }] }
  }

  expect_failures = [var.pipeline]
}

run "an_unknown_limit" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize", limits = { max_megabytes = 3 } }] }
  }

  expect_failures = [var.pipeline]
}

run "a_limit_of_nothing" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize", limits = { max_pixels = 0 } }] }
  }

  expect_failures = [var.pipeline]
}

run "half_a_mebibyte" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize", limits = { max_memory_mib = 0.5 } }] }
  }

  expect_failures = [var.pipeline]
}

run "a_default_transform_that_nobody_publishes" {
  command = plan

  variables {
    default_transform = { path = "./tests/fixtures/component.wasm" }
  }

  expect_failures = [var.default_transform]
}

run "a_default_transform_with_a_path_in_its_name" {
  command = plan

  variables {
    publish_package   = "./tests/fixtures/package.zip"
    default_transform = { name = "a/b", path = "./tests/fixtures/component.wasm" }
  }

  expect_failures = [var.default_transform]
}

run "a_compiled_transform_beside_a_publish_function" {
  command = plan

  variables {
    publish_package = "./tests/fixtures/package.zip"
    prebuilt        = "./tests/fixtures/prebuilt"
  }

  expect_failures = [var.prebuilt]
}

run "a_folder_without_a_compiled_transform" {
  command = plan

  variables {
    prebuilt = "./tests/fixtures"
  }

  expect_failures = [var.prebuilt]
}
