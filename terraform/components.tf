# Who may write what in the components bucket.
#
# What is under transforms/ is run without being looked at again: compiled code, and the pointers
# that make it active. So nobody but the publish function writes there, whatever their own
# policies say. Authors write under incoming/, and the publish function proves what they wrote.

locals {
  artifact_writers = concat([local.publish_role_arn], var.artifact_writer_arns)

  artifact_objects = [
    "${local.bucket_arns.components}/transforms/*",
    "${local.bucket_arns.components}/reports/*",
  ]

  components_statements = [
    {
      Sid       = "ArtifactsComeFromThePublishFunction"
      Effect    = "Deny"
      Principal = "*"
      Action = [
        "s3:PutObject",
        "s3:PutObjectTagging",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:RestoreObject",
        "s3:BypassGovernanceRetention",
      ]
      Resource  = local.artifact_objects
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = local.artifact_writers } }
    },
  ]

  # What a component's author needs: to upload, and to read what became of it.
  author_statements = [
    {
      Sid      = "UploadComponents"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${local.bucket_arns.components}/incoming/*"
    },
    {
      Sid    = "SeeWhatBecameOfThem"
      Effect = "Allow"
      Action = "s3:GetObject"
      Resource = [
        "${local.bucket_arns.components}/reports/*",
        "${local.bucket_arns.components}/transforms/*/channels/*",
        "${local.bucket_arns.components}/transforms/*/release.json",
      ]
    },
    {
      Sid      = "TellMissingFromForbidden"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = local.bucket_arns.components
    },
  ]
}
