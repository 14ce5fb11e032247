# Permissions of each function: one statement per purpose, with a matching name.

locals {
  source_objects      = "${local.bucket_arns.source}/${var.source_bucket.prefix}*"
  destination_objects = "${local.bucket_arns.destination}/${var.destination_bucket.prefix}*"

  # Permissions for rendering: for the transform function, and the deliver function, which processes one
  # picture as an event would.
  rendering_statements = concat(
    [
      {
        Sid      = "ReadSource"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = local.source_objects
      },
      # Without it, S3 answers 403 for a missing object, and a deletion looks like an error.
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
      # Unreferenced renditions are copied onto themselves with a tag, and removed after a grace period
      # unless they are named again. S3 returns the number of tags only with permission to read them.
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
      # Outcomes of canaries. The transform function may write nothing else in this bucket.
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

  # Only the manifests of the destination.
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
