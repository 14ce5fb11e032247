# The deliver function, which CloudFront invokes for objects that the destination bucket does not have. It
# uses the transform function's package, with its own role, concurrency and URL.

module "deliver" {
  source = "./modules/function"
  count  = local.delivers ? 1 : 0

  name                     = local.deliver_name
  description              = "Answers requests for renditions of s3://${local.bucket_names.destination}, and makes those that are planned."
  package                  = var.transform_package
  architecture             = var.architecture
  memory_mb                = var.delivery.memory_mb
  timeout_seconds          = var.delivery.timeout_seconds
  reserved_concurrency     = var.delivery.reserved_concurrency
  environment_kms_key_arn  = var.environment_kms_key_arn
  log_retention_days       = var.log_retention_days
  log_kms_key_arn          = var.log_kms_key_arn
  takes_events             = false
  statements               = local.rendering_statements
  permissions_boundary_arn = var.permissions_boundary_arn

  environment = merge(
    { for name, value in local.transform_environment : name => value if name != "OBSCURA_LOG" },
    { OBSCURA_FUNCTION = "deliver" },
    { for level in compact([var.delivery.log_level]) : "OBSCURA_LOG" => level },
  )

  # As for the transform function, artifacts for a new host come first. Prebuilt artifacts depend on the
  # buckets' policies, one of which depends on this function; until they are uploaded, requests are
  # answered with 503.
  depends_on = [aws_lambda_invocation.precompile]
}

# It accepts only signed requests; CloudFront signs them.
resource "aws_lambda_function_url" "deliver" {
  count = local.delivers ? 1 : 0

  function_name      = module.deliver[0].name
  authorization_type = "AWS_IAM"
}

# A function URL needs both permissions.
resource "aws_lambda_permission" "distribution" {
  for_each = toset(local.delivers ? ["InvokeFunctionUrl", "InvokeFunction"] : [])

  statement_id           = "Distribution${trimprefix(each.key, "Invoke")}"
  action                 = "lambda:${each.key}"
  function_name          = module.deliver[0].name
  principal              = "cloudfront.amazonaws.com"
  source_arn             = aws_cloudfront_distribution.this[0].arn
  function_url_auth_type = each.key == "InvokeFunctionUrl" ? "AWS_IAM" : null
}
