variable "trigger" {
  description = <<-EOT
    How events reach the transform function.
    `direct`: S3 invokes it.
    `sqs`: S3 puts them into a queue, which evens out bursts.
    `sns`: through a topic that fans the bucket's events out; see `topic`.
    `eventbridge`: by a rule of EventBridge, for a bucket that sends its events there.
    The last two invoke the function, or put events into the queue if `queue.enabled` is set.
  EOT
  type        = string
  default     = "direct"
  nullable    = false

  validation {
    condition     = contains(["direct", "sqs", "sns", "eventbridge"], var.trigger)
    error_message = "The trigger is direct, sqs, sns or eventbridge."
  }
}

variable "topic" {
  description = <<-EOT
    The existing topic of the trigger `sns`.
    `arn`: its ARN. If it is encrypted, its key's policy must let SNS use the key.
    `raw`: deliver messages to the queue as S3 wrote them, without SNS's envelope. The function reads both.
  EOT
  type = object({
    arn = string
    raw = optional(bool, false)
  })
  default = null

  validation {
    condition     = (var.topic != null) == (var.trigger == "sns")
    error_message = "The trigger sns needs a topic, and other triggers must not have one."
  }

  validation {
    condition     = var.topic == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.topic.arn))
    error_message = "The topic's arn is the ARN of a standard SNS topic: S3 supports no others."
  }
}

variable "queue" {
  description = <<-EOT
    The queue of the trigger `sqs`, and of `sns` and `eventbridge` where it is enabled.
    `enabled`: put it between the topic or the rule and the function. The trigger `sqs` always has it.
    `batch_size`: events per invocation; only those that fail are retried.
    `maximum_concurrency`: maximum number of concurrent batches.
    `max_receives`: attempts before an event goes to the on-failure queue.
  EOT
  type = object({
    enabled             = optional(bool, false)
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
    error_message = "The maximum concurrency of a queue is 2 to 1,000."
  }

  validation {
    condition     = var.queue.max_receives >= 1 && var.queue.max_receives <= 1000
    error_message = "An event has 1 to 1,000 attempts."
  }

  validation {
    condition     = !(var.trigger == "sqs" || var.queue.enabled) || try(var.transform_function.reserved_concurrency >= var.queue.maximum_concurrency, true)
    error_message = "The queue would send more concurrent batches than the reserved concurrency allows, and the rest would be throttled and end in the on-failure queue: maximum_concurrency must not exceed reserved_concurrency."
  }

  validation {
    condition     = !(var.trigger == "direct" && var.queue.enabled)
    error_message = "The trigger direct has no queue: set trigger = \"sqs\"."
  }
}
