# What each function may do: a statement a purpose, named after it.

locals {
  source_objects      = "${local.bucket_arns.source}/${var.source_bucket.prefix}*"
  destination_objects = "${local.bucket_arns.destination}/${var.destination_bucket.prefix}*"

  # What whoever renders pictures needs: the transform function, and the deliver function, which does for
  # one picture what an event would.
  rendering_statements = concat(
    [
      {
        Sid      = "ReadSource"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = local.source_objects
      },
      # Without it, S3 answers 403 for an object that is gone, and a delete looks like a fault.
      {
        Sid      = "TellMissingSource"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.bucket_arns.source
      },
      {
        Sid      = "ReadDestination"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = local.destination_objects
      },
      {
        Sid      = "WriteDestination"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = local.destination_objects
      },
      # What no manifest names any more is copied onto itself with a tag, and goes after a grace of days
      # unless it is named again. S3 says how many tags there are only to who may read them.
      {
        Sid      = "TagDestination"
        Effect   = "Allow"
        Action   = ["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectTagging"]
        Resource = local.destination_objects
      },
      {
        Sid      = "DeleteFromDestination"
        Effect   = "Allow"
        Action   = "s3:DeleteObject"
        Resource = local.destination_objects
      },
      {
        Sid      = "TellMissingDestination"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.bucket_arns.destination
      },
      {
        Sid    = "ReadComponents"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "${local.bucket_arns.components}/pipeline.json",
          "${local.bucket_arns.components}/proved/*",
          "${local.bucket_arns.components}/transforms/*",
        ]
      },
      # How canaries do. Nothing else in this bucket is the transform function's to write.
      {
        Sid      = "CountOutcomes"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${local.bucket_arns.components}/outcomes/*"
      },
      {
        Sid      = "TellMissingComponents"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.bucket_arns.components
      },
    ],
    [for arn in local.transform_read_keys : {
      Sid      = "Decrypt${substr(sha256(arn), 0, 8)}"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = arn
    }],
    [for arn in compact([var.destination_bucket.kms_key_arn]) : {
      Sid      = "EncryptRenditions"
      Effect   = "Allow"
      Action   = "kms:GenerateDataKey"
      Resource = arn
    }],
    [for arn in compact([var.components_bucket.kms_key_arn]) : {
      Sid      = "EncryptOutcomes"
      Effect   = "Allow"
      Action   = "kms:GenerateDataKey"
      Resource = arn
    }],
  )

  transform_statements = concat(
    local.rendering_statements,
    local.queued ? [
      {
        Sid    = "TakeEvents"
        Effect = "Allow"
        Action = [
          "sqs:ReceiveMessage",
          "sqs:DeleteMessage",
          "sqs:ChangeMessageVisibility",
          "sqs:GetQueueAttributes",
        ]
        Resource = aws_sqs_queue.events[0].arn
      },
    ] : [],
  )

  transform_read_keys = distinct(compact([
    var.source_bucket.kms_key_arn,
    var.destination_bucket.kms_key_arn,
    var.components_bucket.kms_key_arn,
  ]))

  publish_statements = concat(
    [
      {
        Sid    = "ReadUploads"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "${local.bucket_arns.components}/incoming/*",
          "${local.bucket_arns.components}/outcomes/*",
          "${local.bucket_arns.components}/pipeline.json",
        ]
      },
      {
        Sid      = "KeepArtifacts"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = local.artifact_objects
      },
      {
        Sid      = "ListComponents"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.bucket_arns.components
      },
    ],
    [for arn in compact([var.components_bucket.kms_key_arn]) : {
      Sid      = "UseComponentsKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = arn
    }],
  )

  # The manifests of the destination, and nothing else.
  announce_statements = concat(
    [
      {
        Sid      = "ReadManifests"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.bucket_arns.destination}/${var.destination_bucket.prefix}*/manifest.json"
      },
      {
        Sid      = "TellMissingManifests"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.bucket_arns.destination
      },
    ],
    [for arn in compact([var.destination_bucket.kms_key_arn]) : {
      Sid      = "DecryptManifests"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = arn
    }],
  )
}
