# Write permissions in the components bucket.
#
# Objects under transforms/ are used without another check: compiled code, and the pointers that make it
# active. So only the publish function may write there, regardless of other identities' policies. Authors
# write under incoming/, and the publish function proves their uploads.

locals {
  artifact_writers = concat([local.publish_role_arn], var.artifact_writer_arns, data.aws_iam_session_context.applying[*].issuer_arn)

  artifact_objects = [
    "${local.bucket_arns.components}/transforms/*",
    "${local.bucket_arns.components}/reports/*",
    "${local.bucket_arns.components}/proved/*",
  ]

  # Reading is left to each identity's own policies. Everything else is denied by exclusion (NotAction),
  # since S3 keeps adding actions for writing, tagging, replication and deletion.
  reads = ["s3:GetObject*", "s3:ListMultipartUploadParts"]

  # Principals without `aws:PrincipalArn`, such as services, are denied, too.
  writers = merge(
    {
      ArtifactsComeFromThePublishFunction = { objects = local.artifact_objects, arns = local.artifact_writers }
      OutcomesComeFromWhatRenders         = { objects = ["${local.bucket_arns.components}/outcomes/*"], arns = concat(local.renderers, local.artifact_writers) }
    },
    var.pipeline_writer_arns == null ? {} : {
      PipelinesComeFromTheirWriters = { objects = ["${local.bucket_arns.components}/pipeline.json"], arns = var.pipeline_writer_arns }
    },
  )

  components_statements = [for sid, one in local.writers : {
    Sid       = sid
    Effect    = "Deny"
    Principal = "*"
    NotAction = local.reads
    Resource  = one.objects
    Condition = { ArnNotEquals = { "aws:PrincipalArn" = one.arns } }
  }]

  # Permissions of a transform's author: upload it, and read its reports.
  author_names = toset(concat(
    keys(var.authors),
    compact(flatten(local.steps)[*].transform),
    var.default_transform[*].name,
  ))

  author_statements = { for name in local.author_names : name => [
    {
      Sid      = "UploadComponents"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${local.bucket_arns.components}/incoming/${name}/*"
    },
    {
      Sid    = "SeeWhatBecameOfThem"
      Effect = "Allow"
      Action = "s3:GetObject"
      Resource = [
        "${local.bucket_arns.components}/reports/${name}/*",
        "${local.bucket_arns.components}/transforms/${name}/channels/*",
        "${local.bucket_arns.components}/transforms/${name}/*/release.json",
      ]
    },
    {
      Sid      = "TellMissingFromForbidden"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = local.bucket_arns.components
    },
  ] }

  author_bucket_statements = flatten([for name, arns in var.authors : [
    for index, statement in local.author_statements[name] :
    merge(statement, { Sid = "${statement.Sid}${substr(sha256(name), 0, 8)}", Principal = { AWS = arns } })
  ] if length(arns) > 0])
}
