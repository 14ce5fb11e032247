# The publish function proves uploaded components, compiles and activates them.

module "publish" {
  source = "./modules/function"
  count  = local.publishes ? 1 : 0

  name                     = local.publish_name
  description              = "Proves, compiles and activates components in s3://${local.bucket_names.components}."
  package                  = var.publish_package
  architecture             = var.architecture
  memory_mb                = var.publish_function.memory_mb
  timeout_seconds          = var.publish_function.timeout_seconds
  reserved_concurrency     = var.publish_function.reserved_concurrency
  environment_kms_key_arn  = var.environment_kms_key_arn
  log_retention_days       = var.log_retention_days
  log_kms_key_arn          = var.log_kms_key_arn
  on_failure_queue_arn     = aws_sqs_queue.on_failure.arn
  statements               = local.publish_statements
  permissions_boundary_arn = var.permissions_boundary_arn

  environment = {
    for name, value in {
      OBSCURA_COMPONENTS_BUCKET = local.bucket_ids.components
      OBSCURA_PROVED_DOCUMENTS  = local.proves_documents
      OBSCURA_LOG               = var.publish_function.log_level
    } : name => value if value != null && value != ""
  }
}

# A new host compiles every live component for its engine before the transform function
# is updated; if one cannot be compiled, the apply stops here, and the old host keeps
# running.
resource "aws_lambda_invocation" "precompile" {
  count = local.publishes ? 1 : 0

  function_name = module.publish[0].name
  input         = jsonencode({ obscura = "precompile" })
  triggers      = { package = filebase64sha256(var.publish_package) }
}
