variable "trigger" {
  description = "How events reach the transform function: `direct` (S3 calls it; nothing to pay when idle) or `sqs` (through a queue, which evens out bursts)."
  type        = string
  default     = "direct"
  nullable    = false

  validation {
    condition     = contains(["direct", "sqs"], var.trigger)
    error_message = "The trigger is direct or sqs."
  }
}

variable "queue" {
  description = <<-EOT
    The queue of the trigger `sqs`.
    `batch_size`: events an invocation gets; those that fail are tried again alone.
    `maximum_concurrency`: the most batches at a time.
    `max_receives`: tries before an event goes to the on-failure queue.
  EOT
  type = object({
    batch_size          = optional(number, 1)
    maximum_concurrency = optional(number, 50)
    max_receives        = optional(number, 3)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.queue.batch_size >= 1 && var.queue.batch_size <= 10 && floor(var.queue.batch_size) == var.queue.batch_size
    error_message = "A batch has 1 to 10 events."
  }

  validation {
    condition     = var.queue.maximum_concurrency >= 2 && var.queue.maximum_concurrency <= 1000
    error_message = "Lambda takes a maximum concurrency of 2 to 1,000 for a queue."
  }

  validation {
    condition     = var.queue.max_receives >= 1 && var.queue.max_receives <= 1000
    error_message = "An event is tried 1 to 1,000 times."
  }

  validation {
    condition     = var.trigger != "sqs" || try(var.transform_function.reserved_concurrency >= var.queue.maximum_concurrency, true)
    error_message = "The queue would hand over more batches than the reserved concurrency takes, and the rest would be throttled into the on-failure queue: maximum_concurrency must not be more than reserved_concurrency."
  }
}
