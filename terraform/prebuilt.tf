# A prebuilt transform, proved and compiled, for a deployment without the publish function.

locals {
  prebuilt          = toset(var.prebuilt == null ? [] : fileset(var.prebuilt, "transforms/**"))
  prebuilt_pointers = [for key in local.prebuilt : key if can(regex("^transforms/[^/]+/channels/", key))]
}

# The bucket's policy denies other identities. For an assumed role, it checks the role.
data "aws_iam_session_context" "applying" {
  count = var.prebuilt == null ? 0 : 1

  arn = data.aws_caller_identity.current.arn
}

resource "aws_s3_object" "prebuilt" {
  for_each = setsubtract(local.prebuilt, local.prebuilt_pointers)

  bucket      = local.bucket_ids.components
  key         = each.value
  source      = "${var.prebuilt}/${each.value}"
  source_hash = filemd5("${var.prebuilt}/${each.value}")
  kms_key_id  = var.components_bucket.kms_key_arn

  depends_on = [module.bucket]
}

# The pointers come last, when their targets exist.
resource "aws_s3_object" "prebuilt_pointer" {
  for_each = toset(local.prebuilt_pointers)

  bucket      = local.bucket_ids.components
  key         = each.value
  source      = "${var.prebuilt}/${each.value}"
  source_hash = filemd5("${var.prebuilt}/${each.value}")
  kms_key_id  = var.components_bucket.kms_key_arn

  depends_on = [aws_s3_object.prebuilt]
}
