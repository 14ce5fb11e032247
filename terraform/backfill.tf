# Rendering existing pictures: S3 Batch Operations invokes the transform function with this role. It costs
# nothing until a job is created; see `obscura backfill`.

resource "aws_iam_role" "backfill" {
  name                 = "${var.name}-backfill"
  description          = "S3 Batch Operations invokes the function ${local.transform_name} with this role."
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "JobsOfThisAccountAssume"
      Effect    = "Allow"
      Principal = { Service = "batchoperations.s3.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "backfill" {
  name = "obscura"
  role = aws_iam_role.backfill.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.backfill_statements
  })
}

locals {
  # Manifests of jobs, and their reports.
  backfill_objects = "${local.bucket_arns.components}/backfill/*"

  backfill_statements = concat(
    [
      {
        Sid      = "HandPicturesOver"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = module.transform.arn
      },
      {
        Sid      = "ReadManifestsWriteReports"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = local.backfill_objects
      },
    ],
    [for arn in compact([var.components_bucket.kms_key_arn]) : {
      Sid      = "UseComponentsKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = arn
    }],
  )
}
