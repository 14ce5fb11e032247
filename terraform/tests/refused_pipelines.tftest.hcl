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
    pipeline = { version = 3, routes = [{ name = "a", steps = [{ transform = "resize" }] }] }
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

run "a_route_of_version_1_in_version_2" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", transform = "resize" }] }
  }

  expect_failures = [var.pipeline]
}

run "steps_in_version_1" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize", steps = [{ transform = "resize" }] }] }
  }

  expect_failures = [var.pipeline]
}

run "a_route_without_a_name" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ steps = [{ transform = "resize" }] }] }
  }

  expect_failures = [var.pipeline]
}

run "a_route_without_steps" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a" }] }
  }

  expect_failures = [var.pipeline]
}

run "a_route_with_no_steps" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", steps = [] }] }
  }

  expect_failures = [var.pipeline]
}

run "more_steps_than_the_host_takes" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", steps = [for number in range(17) : { name = "step-${number}", transform = "resize", limits = { max_memory_mib = 1, max_output_mib = 1, max_seconds = 1 } }] }] }
  }

  expect_failures = [var.pipeline]
}

run "a_route_that_is_ignored_and_rendered" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", ignore = true, steps = [{ transform = "resize" }] }] }
  }

  expect_failures = [var.pipeline]
}

run "an_unknown_name_in_a_step" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", key_template = "{key}/{rendition}" }] }] }
  }

  expect_failures = [var.pipeline]
}

run "a_step_without_transform" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", steps = [{ name = "resize" }] }] }
  }

  expect_failures = [var.pipeline]
}

run "two_steps_of_one_name" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", limits = { max_seconds = 5 } }, { name = "resize", transform = "placeholder", limits = { max_seconds = 5 } }] }] }
  }

  expect_failures = [var.pipeline]
}

run "an_unknown_limit_in_a_step" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", limits = { max_megabytes = 3 } }] }] }
  }

  expect_failures = [var.pipeline]
}

run "a_key_template_without_rendition" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", key_template = "{key}/{version}.{extension}", steps = [{ transform = "resize" }] }] }
  }

  expect_failures = [var.pipeline]
}

run "a_key_template_with_an_unknown_placeholder" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", key_template = "{key}/{digest}/{rendition}", steps = [{ transform = "resize" }] }] }
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
