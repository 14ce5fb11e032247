locals {
  arn = "arn:${data.aws_partition.current.partition}:s3:::${var.name}"

  refuse_plaintext = {
    Sid       = "RefusePlaintext"
    Effect    = "Deny"
    Principal = "*"
    Action    = "s3:*"
    Resource  = [local.arn, "${local.arn}/*"]
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }
}

data "aws_partition" "current" {}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id

  # Not an `aws_iam_policy_document`: the tests read this with a mocked provider.
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.refuse_plaintext], var.statements)
  })

  # S3 refuses concurrent changes of a bucket's access settings.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
