# A function that cannot hold the limits is refused.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

variables {
  transform_package = "./tests/fixtures/package.zip"
}

run "too_little_memory_for_the_defaults" {
  command = plan

  variables {
    transform_function = { memory_mb = 512 }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_memory_for_a_route" {
  command = plan

  variables {
    transform_function = { memory_mb = 1024 }
    pipeline           = { version = 1, routes = [{ name = "a", transform = "resize", limits = { max_memory_mib = 801 } }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_memory_for_the_output" {
  command = plan

  variables {
    transform_function = { memory_mb = 1024 }
    pipeline           = { version = 1, routes = [{ name = "a", transform = "resize", limits = { max_memory_mib = 512, max_output_mib = 417 } }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_memory_for_the_second_route" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize" }, { name = "b", transform = "resize", limits = { max_memory_mib = 2000 } }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_time_for_the_defaults" {
  command = plan

  variables {
    transform_function = { timeout_seconds = 39 }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_time_for_a_route" {
  command = plan

  variables {
    pipeline = { version = 1, routes = [{ name = "a", transform = "resize", limits = { max_seconds = 50.5 } }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_time_for_a_batch" {
  command = plan

  variables {
    trigger = "sqs"
    queue   = { batch_size = 2 }
  }

  expect_failures = [output.transform_function_name]
}

run "more_than_the_sandbox_holds" {
  command = plan

  variables {
    transform_function = { memory_mb = 10240 }
    pipeline           = { version = 1, routes = [{ name = "a", transform = "resize", limits = { max_memory_mib = 2049 } }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_memory_for_the_largest_step" {
  command = plan

  variables {
    transform_function = { memory_mb = 511 }
    pipeline           = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", limits = { max_memory_mib = 64, max_output_mib = 1, max_seconds = 5 } }, { transform = "placeholder", of = "resize", limits = { max_memory_mib = 414, max_output_mib = 1, max_seconds = 5 } }] }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_memory_for_what_all_steps_make" {
  command = plan

  variables {
    transform_function = { memory_mb = 595 }
    pipeline           = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", limits = { max_memory_mib = 100, max_output_mib = 200, max_seconds = 5 } }, { transform = "placeholder", of = "resize", limits = { max_memory_mib = 100, max_output_mib = 200, max_seconds = 5 } }] }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_memory_for_a_source_that_is_kept" {
  command = plan

  variables {
    transform_function = { memory_mb = 327 }
    pipeline           = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", limits = { max_memory_mib = 100, max_output_mib = 50, max_seconds = 5 } }, { transform = "placeholder", of = "source", limits = { max_memory_mib = 100, max_output_mib = 50, max_seconds = 5 } }] }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_time_for_one_step_after_the_other" {
  command = plan

  variables {
    pipeline = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", limits = { max_seconds = 25.5 } }, { transform = "placeholder", of = "resize", limits = { max_seconds = 25 } }] }] }
  }

  expect_failures = [output.transform_function_name]
}

run "a_step_that_the_sandbox_does_not_hold" {
  command = plan

  variables {
    transform_function = { memory_mb = 10240 }
    pipeline           = { version = 2, routes = [{ name = "a", steps = [{ transform = "resize", limits = { max_seconds = 5 } }, { transform = "placeholder", limits = { max_output_mib = 2049, max_seconds = 5 } }] }] }
  }

  expect_failures = [output.transform_function_name]
}

run "too_little_memory_for_lambda" {
  command = plan

  variables {
    transform_function = { memory_mb = 64 }
  }

  expect_failures = [var.transform_function]
}

run "too_much_time_for_lambda" {
  command = plan

  variables {
    transform_function = { timeout_seconds = 901 }
  }

  expect_failures = [var.transform_function]
}

run "a_negative_concurrency" {
  command = plan

  variables {
    transform_function = { reserved_concurrency = -1 }
  }

  expect_failures = [var.transform_function]
}

run "too_little_memory_for_the_compiler" {
  command = plan

  variables {
    publish_function = { memory_mb = 512 }
  }

  expect_failures = [var.publish_function]
}

run "too_little_time_for_the_gate" {
  command = plan

  variables {
    publish_function = { timeout_seconds = 30 }
  }

  expect_failures = [var.publish_function]
}

run "a_negative_concurrency_of_the_publish_function" {
  command = plan

  variables {
    publish_function = { reserved_concurrency = -1 }
  }

  expect_failures = [var.publish_function]
}

run "an_unknown_architecture" {
  command = plan

  variables {
    architecture = "riscv64"
  }

  expect_failures = [var.architecture]
}
