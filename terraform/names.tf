data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  transform_name = "${var.name}-transform"
  publish_name   = "${var.name}-publish"
  deliver_name   = "${var.name}-deliver"
  announce_name  = "${var.name}-announce"

  # The name of a created bucket is known before the bucket exists, so that a plan can check whether the
  # pipeline would trigger itself.
  bucket_names = {
    source      = coalesce(var.source_bucket.name, "${var.name}-source-${local.account}-${local.region}")
    destination = coalesce(var.destination_bucket.name, "${var.name}-destination-${local.account}-${local.region}")
    components  = coalesce(var.components_bucket.name, "${var.name}-components-${local.account}-${local.region}")
  }

  bucket_arns = { for role, name in local.bucket_names : role => "arn:${local.partition}:s3:::${name}" }

  # Constructed, not referenced, since the role may be created after the policies that name it, or not at all.
  publish_role_arn   = "arn:${local.partition}:iam::${local.account}:role/${local.publish_name}"
  transform_role_arn = "arn:${local.partition}:iam::${local.account}:role/${local.transform_name}"
  deliver_role_arn   = "arn:${local.partition}:iam::${local.account}:role/${local.deliver_name}"
  renderers          = concat([local.transform_role_arn], local.delivers ? [local.deliver_role_arn] : [])
  publishes          = var.publish_package != null
  delivers           = var.delivery != null
  announces          = var.events != null
}
