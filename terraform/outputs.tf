# Plans that cannot work are refused by the outputs that they affect: a check that compares several
# variables has no better place that always takes part in a plan.

output "source_bucket_name" {
  description = "Where pictures are uploaded."
  value       = local.bucket_ids.source
}

output "destination_bucket_name" {
  description = "Where renditions appear."
  value       = local.bucket_ids.destination

  precondition {
    condition     = local.destination_is_apart
    error_message = "Renditions would start the pipeline again: source and destination are both s3://${local.bucket_names.source}, so both need a prefix, and neither may begin with the other."
  }

  precondition {
    condition     = !local.created_twice
    error_message = "Source and destination are the same bucket: set destination_bucket.create to false, so that it is created only once."
  }
}

output "components_bucket_name" {
  description = "Where components are uploaded, under `incoming/<name>/`."
  value       = local.bucket_ids.components

  precondition {
    condition     = local.components_are_apart
    error_message = "The components bucket must be a separate bucket: otherwise, uploaders of pictures could write components."
  }
}

output "transform_function_name" {
  description = "Name of the transform function."
  value       = module.transform.name

  precondition {
    condition     = local.sandbox_holds_limits
    error_message = "The sandbox supports a max_memory_mib and a max_output_mib of up to 2,048, and a max_seconds of up to 890; some step's limits are higher."
  }

  precondition {
    condition     = local.memory_holds_limits
    error_message = "The memory of the transform function is too small for the limits: the largest max_memory_mib of a route's steps, the max_output_mib of all of them, ${local.host_memory_mib} MiB for the host and, where several steps read the source, ${local.kept_source_mib} MiB for it are more than ${var.transform_function.memory_mb} MB. Raise memory_mb, or lower the route's limits."
  }

  precondition {
    condition     = local.timeout_holds_limits
    error_message = "The timeout of the transform function is too short for the limits: the max_seconds of all steps of some route, for a batch of ${local.batch_size}, and ${local.transfer_seconds} s for downloads and uploads are more than ${var.transform_function.timeout_seconds} s. Raise timeout_seconds, or lower max_seconds or the batch size."
  }
}

output "transform_code_sha256" {
  description = "Digest of the transform function's package, as reported by Lambda. Publishing a component does not change it."
  value       = module.transform.code_sha256
}

output "transform_role_name" {
  description = "Name of the transform function's role."
  value       = module.transform.role_name
}

output "transform_function_arn" {
  description = "ARN of the transform function."
  value       = module.transform.arn
}

output "publish_function_name" {
  description = "Name of the publish function; null without its package."
  value       = one(module.publish[*].name)
}

output "publish_role_arn" {
  description = "ARN of the role that may write artifacts and channel pointers."
  value       = local.publish_role_arn
}

output "delivery_url" {
  description = "Where renditions are delivered: `<url>/<key>/<rendition>`; null without `delivery`. With aliases, CloudFront's own name for them."
  value       = one([for one in aws_cloudfront_distribution.this : "https://${one.domain_name}"])
}

output "delivery_distribution_id" {
  description = "ID of the distribution, for invalidations; null without `delivery`."
  value       = one(aws_cloudfront_distribution.this[*].id)
}

output "deliver_function_name" {
  description = "Name of the deliver function; null without `delivery`."
  value       = one(module.deliver[*].name)

  precondition {
    condition     = alltrue([for route in local.routes : try(route.memory_mib <= var.delivery.memory_mb, true)])
    error_message = "The memory of the deliver function is too small for the limits of some route, which it renders like the transform function: raise delivery.memory_mb, or lower the route's limits."
  }
}

output "destination_bucket_statements" {
  description = "Statements that the policy of an existing destination bucket needs for `delivery`, as JSON. A created one has them."
  value       = jsonencode(local.delivery_statements.destination)
}

output "announce_function_arn" {
  description = "ARN of the announce function; null without `events`. For a destination bucket whose notifications are managed elsewhere."
  value       = one(module.announce[*].arn)

  precondition {
    condition     = !(local.notify.destination && local.notify.source && local.bucket_names.source == local.bucket_names.destination)
    error_message = "Source and destination are the same bucket, whose notifications can be set only once: set destination_bucket.notify or source_bucket.notify to false, and add its events where you set the other."
  }
}

output "event_target_arn" {
  description = "Target of the source bucket's events: the transform function, or the events queue. For a source bucket whose notifications are managed elsewhere."
  value       = local.target_arn
}

output "events_queue_url" {
  description = "URL of the events queue; null without one."
  value       = one(aws_sqs_queue.events[*].url)
}

output "on_failure_queue_url" {
  description = "URL of the queue with permanently failed events."
  value       = aws_sqs_queue.on_failure.url
}

output "backfill_role_arn" {
  description = "ARN of the role with which S3 Batch Operations invokes the transform function."
  value       = aws_iam_role.backfill.arn
}

output "log_group_names" {
  description = "Log groups of the functions."
  value       = concat([module.transform.log_group_name], module.publish[*].log_group_name, module.deliver[*].log_group_name, module.announce[*].log_group_name)
}

output "alarm_names" {
  description = "Names of the alarms."
  value       = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]
}

output "alarm_topic_arn" {
  description = "ARN of the topic that notifies `alarms.emails`; null without any."
  value       = one(aws_sns_topic.alarms[*].arn)
}

output "dashboard_name" {
  description = "Name of the dashboard; null without one."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "components_bucket_statements" {
  description = "Statements that the policy of an existing components bucket needs, as JSON. A created one has them."
  value       = jsonencode(local.components_statements)
}

output "author_policies" {
  description = "IAM policies for authors of components, as JSON, by transform name: they allow uploading that transform and reading its reports."
  value       = { for name, statements in local.author_statements : name => jsonencode({ Version = "2012-10-17", Statement = statements }) }
}

output "deployment" {
  description = "Data for the tasks (`just status`, `logs`, `redrive`, `backfill`, `costs`, `destroy`): pass it on as the output `deployment` of your own configuration."
  value = {
    name                    = var.name
    source_bucket_name      = local.bucket_ids.source
    source_prefix           = var.source_bucket.prefix
    destination_bucket_name = local.bucket_ids.destination
    destination_prefix      = var.destination_bucket.prefix
    components_bucket_name  = local.bucket_ids.components
    created_buckets         = [for role in keys(local.created_buckets) : local.bucket_names[role]]
    transform_function_name = module.transform.name
    transform_function_arn  = module.transform.arn
    publish_function_name   = one(module.publish[*].name)
    delivery_url            = one([for one in aws_cloudfront_distribution.this : "https://${one.domain_name}"])
    backfill_role_arn       = aws_iam_role.backfill.arn
    events_queue_url        = one(aws_sqs_queue.events[*].url)
    on_failure_queue_url    = aws_sqs_queue.on_failure.url
    dashboard_name          = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
  }
}
