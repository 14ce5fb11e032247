# Who may write what in the components bucket.
#
# What is under transforms/ is run without being looked at again: compiled code, and the pointers
# that make it active. So nobody but the publish function writes there, whatever their own
# policies say. Authors write under incoming/, and the publish function proves what they wrote.

locals {
  artifact_writers = concat([local.publish_role_arn], var.artifact_writer_arns, data.aws_iam_session_context.applying[*].issuer_arn)

  artifact_objects = [
    "${local.bucket_arns.components}/transforms/*",
    "${local.bucket_arns.components}/reports/*",
    "${local.bucket_arns.components}/proved/*",
  ]

  # Reading is left to everybody's own policies. Everything else is refused, by what it is not: a list
  # of what S3 has for writing, tagging, copying by replication and undoing grows by the year.
  reads = ["s3:GetObject*", "s3:ListMultipartUploadParts"]

  # Whoever is not told by `aws:PrincipalArn`, such as a service, is refused as well.
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

  # What the author of one transform needs: to upload it, and to read what became of it.
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
